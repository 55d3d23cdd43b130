/** The handler as a program: one event on stdin. The sandbox runs it in place of Lambda. */
import { text } from 'node:stream/consumers';
import { handler } from './handler.ts';

await handler(JSON.parse(await text(process.stdin)));
