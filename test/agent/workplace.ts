/** A real repository, the sandbox in this process and a session over both: what a conversation can reach, and how to see that it did not. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Model, ModelRequest } from '../../src/agent/model.ts';
import type { Entry } from '../../src/agent/recording.ts';
import { createSession, type Session } from '../../src/agent/session.ts';
import { loader } from '../../src/compose.ts';
import { parseConfig } from '../../src/engine/load/config.ts';
import type { Environment } from '../../src/engine/model.ts';
import { gitRepo } from '../../src/git/repo.ts';
import { runPlain } from '../../src/ui/plain.ts';
import { sandboxed } from '../fakes/ports.ts';
import { emptyRepository, identify, put, sh } from '../git/scratch.ts';
import { type Sandbox, startSandbox } from '../sandbox-deploy/ports.ts';

export interface Workplace {
  readonly root: string;
  readonly sandbox: Sandbox;
  readonly environment: Environment;
  session(model: Model, record?: (entry: Entry) => void): Promise<Session>;
  /** Everything a conversation could have changed, as one text: files, commits, the remote, state rows, writes to the cloud. */
  everything(): Promise<string>;
}

export async function workplace(files: { readonly [path: string]: string }, message = 'First'): Promise<Workplace> {
  const sandbox = await startSandbox();
  const bare = emptyRepository();
  sh(bare, 'config', 'core.bare', 'true');
  const root = emptyRepository();
  identify(root);
  for (const [path, text] of Object.entries(files)) put(root, path, text);
  sh(root, 'add', '-A');
  sh(root, 'commit', '-q', '-m', message);
  sh(root, 'remote', 'add', 'origin', join(bare, '.git'));
  sh(root, 'push', '-q', 'origin', 'main');
  const repo = await gitRepo(root, { sandbox: true });
  const { config } = parseConfig(undefined);
  return {
    root,
    sandbox,
    environment: sandboxed,
    session: async (model, record) =>
      createSession({
        ports: { ...sandbox.ports, repo },
        environment: sandboxed,
        model,
        load: loader(repo, sandboxed, config),
        deployLocally: true,
        ...(record === undefined ? {} : { record }),
      }),
    everything: async () => {
      const [rows, deployments, writes] = await Promise.all([
        sandbox.ports.state.rows(),
        sandbox.ports.state.deployments(50),
        sandbox.writes(),
      ]);
      const paths = sh(root, 'ls-files', '-co').split('\n');
      const texts = paths.map((path) => [path, readFileSync(join(root, path), 'utf8'), statSync(join(root, path)).mode]);
      const git = [
        sh(root, 'rev-parse', 'HEAD'),
        sh(root, 'status', '--porcelain'),
        sh(bare, 'rev-parse', 'main'),
        sh(root, 'config', '--list'),
      ];
      return JSON.stringify({ rows, deployments, writes, texts, git });
    },
  };
}

/** A model that keeps what it was sent. */
export function listening(model: Model): Model & { readonly requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    label: model.label,
    requests,
    converse(request, signal) {
      requests.push(structuredClone(request));
      return model.converse(request, signal);
    },
  };
}

/** One sentence through the plain face, with nobody to ask. @returns everything that reached the screen */
export async function said(session: Session, request: string, jsonl = false): Promise<{ readonly code: number; readonly screen: string }> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  let screen = '';
  stdout.on('data', (chunk) => {
    screen += chunk;
  });
  stdin.end();
  const code = await runPlain({ session, request, yes: false, jsonl, ask: false, stdin, stdout, env: { LANG: 'C.UTF-8', NO_COLOR: '1' } });
  return { code, screen };
}
