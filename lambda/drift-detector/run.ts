/** The handler as a program: one event on stdin, the answer as the last line on stdout. The sandbox runs it in place of Lambda. */
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { handler } from './handler.ts';

const answer = await handler(JSON.parse(await text(process.stdin)));
process.stdout.write(`${JSON.stringify(answer)}\n`);
