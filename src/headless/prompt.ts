/** Questions on a terminal. Notes and questions go to stderr: stdout holds results only. No answer is no. */
import { createInterface } from 'node:readline';
import type { CommandContext } from './context.ts';

/** One line typed by a person; empty at end of input or on interruption. */
export function askLine(context: CommandContext, question: string): Promise<string> {
  const { stdin, stderr } = context.io;
  return new Promise((resolve) => {
    const reader = createInterface({ input: stdin, terminal: false });
    const finish = (answer: string) => {
      context.signal.removeEventListener('abort', stop);
      // Before the reader is closed: its end would answer with nothing.
      resolve(answer);
      reader.close();
    };
    const stop = () => finish('');
    context.signal.addEventListener('abort', stop);
    reader.once('line', finish);
    reader.once('close', stop);
    stderr.write(question);
  });
}

/** `y` or `yes` is yes; everything else is no. */
export async function askYes(context: CommandContext, question: string): Promise<boolean> {
  return /^(y|yes)$/i.test((await askLine(context, `${question} [y/N] `)).trim());
}
