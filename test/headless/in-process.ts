/** The program inside this process: the same argv, services and exit codes as `bin/ial.js`, without its start. */
import { PassThrough } from 'node:stream';
import { runProgram } from '../../src/headless/program.ts';
import { createServices } from '../../src/services.ts';
import { bareEnv, type Run } from './run.ts';

export interface Surroundings {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** As if a terminal were there; it answers nothing but what is typed. */
  readonly terminal?: boolean;
  readonly typed?: string;
}

export async function run(args: readonly string[], { cwd, env = bareEnv(cwd), terminal = false, typed = '' }: Surroundings): Promise<Run> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const seen = { stdout: '', stderr: '' };
  stdout.on('data', (chunk) => {
    seen.stdout += chunk;
  });
  stderr.on('data', (chunk) => {
    seen.stderr += chunk;
  });
  stdin.end(typed);
  const io = { stdin, stdout, stderr, env, terminal };
  const code = await runProgram(['-C', cwd, ...args], createServices('0.0.0-test', io), io, new AbortController().signal);
  await new Promise(setImmediate);
  return { code, ...seen };
}
