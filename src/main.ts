/** argv and signals to one command. Imports nothing heavy by itself: `--version` and `--help` load neither React nor an AWS client. */
import process from 'node:process';

declare const IAL_VERSION: string | undefined;

const version = typeof IAL_VERSION === 'string' ? IAL_VERSION : '0.0.0-source';

/** Ends after what was written has left: a pipe may be slower than this process. */
function exit(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

async function main(argv: readonly string[]): Promise<void> {
  if (argv.length === 1 && argv[0] === '--version') {
    process.stdout.write(`${version}\n`);
    return;
  }
  // A reader that closes early (`ial history | head -1`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => exit(error.code === 'EPIPE' ? 0 : 1));
  const [{ runProgram }, { createServices }, { interruption }] = await Promise.all([
    import('./headless/program.ts'),
    import('./services.ts'),
    import('./headless/interruption.ts'),
  ]);
  const { stdin, stdout, stderr, env } = process;
  const io = { stdin, stdout, stderr, env, terminal: stdin.isTTY === true && stdout.isTTY === true };
  exit(await runProgram(argv, createServices(version, io), io, interruption(process)));
}

await main(process.argv.slice(2));
