// Lambda as far as a handler can tell: `harness.mjs <file>.<export>` loads it from the current folder and calls it with each event of stdin, one
// JSON line `{ event, ms }` each, in one process as long as it lasts. Answers are lines on stdout that begin with REPLY.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

// A machine whose clock is wrong.
const { CLOCK_AHEAD_MS: ahead = '0' } = process.env;
const Right = Date;
globalThis.Date = class extends Right {
  constructor(...given) {
    super(...(given.length === 0 ? [Right.now() + Number(ahead)] : given));
  }
  static now() {
    return Right.now() + Number(ahead);
  }
};

const [file, name] = process.argv[2].split('.');
const { [name]: handler } = await import(pathToFileURL(join(process.cwd(), `${file}.mjs`)).href);
const coldMs = performance.now();
for await (const line of createInterface({ input: process.stdin })) {
  const { event, ms } = JSON.parse(line);
  const end = performance.now() + ms;
  const context = {
    functionName: 'drift-detector',
    awsRequestId: 'r',
    getRemainingTimeInMillis: () => Math.max(0, end - performance.now()),
  };
  const reply = await handler(event, context).then(
    (result) => ({ result }),
    (error) => ({ error: String(error) }),
  );
  process.stdout.write(
    `\nREPLY ${JSON.stringify({ ...reply, coldMs, node: process.version, mib: process.memoryUsage().rss / 2 ** 20 })}\n`,
  );
}
