/** The terminal UI's door. Paints the header first, then loads React and Ink. */
import type { Check } from '../agent/doctor.ts';
import type { Decision, Proposal, SessionEvent } from '../agent/events.ts';
import type { Waiting } from '../agent/recording.ts';
import type { Environment, Json } from '../engine/model.ts';
import { ansiLine } from './ansi.ts';
import { type Header, headerLines } from './header.ts';
import type { HistoryStore } from './history.ts';
import type { KeySource } from './keys.ts';
import { fitLine } from './lines.ts';
import type { PanelRows } from './panel.ts';
import type { Terminal } from './stdout.ts';
import type { Name } from './suggest.ts';
import { symbolsFor, themeFor } from './theme.ts';

/** The part of the agent's session a face needs. */
export interface UiSession {
  ask(text: string): Promise<void>;
  decide(proposalId: string, decision: Decision): Promise<void>;
  /** Calls one proposing tool without the model. */
  run(tool: string, input: Json, said?: string): Promise<void>;
  cancel(): void;
  /** The proposal that waits for an answer. */
  pending(): Proposal | undefined;
  subscribe(listener: (event: SessionEvent) => void): () => void;
}

/** A slash command's work: lines for the scrollback. */
export type UiCommand = (args: readonly string[]) => Promise<string | readonly string[]>;

export interface UiOptions {
  readonly session: UiSession;
  readonly environment: Environment;
  readonly header: Header;
  /** Already typed into the prompt; the person still presses Enter. */
  readonly initialText?: string;
  /** A proposal of the conversation before this one that nobody answered. */
  readonly waiting?: Waiting;
  readonly history: HistoryStore;
  /** Slash commands by name without the slash (`plan`, `history`, `status`); `/help` and `/quit` are built in. */
  readonly commands?: { readonly [name: string]: UiCommand };
  /** Phases and resources that `@` completes; asked for once. */
  readonly names?: () => Promise<readonly Name[]>;
  /** What the drift and history views show, read from the state table; `everyMs` between two looks. */
  readonly panels?: { readonly read: () => Promise<PanelRows>; readonly everyMs: number };
  /** Everything `ial` needs, looked at one after the other; never rejects. */
  readonly doctor?: (onCheck: (check: Check) => void) => Promise<unknown>;
  readonly stdin: KeySource;
  readonly stdout: Terminal;
  readonly env: { readonly [name: string]: string | undefined };
}

/**
 * Runs the inline terminal UI until the person leaves.
 * @returns the exit code: 0, or 130 and 143 when interrupted.
 */
export async function runUi(options: UiOptions): Promise<number> {
  const { stdout, stdin, env, header } = options;
  // First of all: an Enter pressed while the program loads must not be turned into a newline, nor echoed over the first frame.
  if (stdin.isTTY) stdin.setRawMode?.(true);
  const theme = themeFor(env, stdout.isTTY === true);
  const symbols = symbolsFor(env);
  const width = Math.max(1, (stdout.columns || 80) - 1);
  stdout.write(
    `${headerLines(header, width, symbols)
      .map((content) => ansiLine(fitLine(content, width, symbols.ellipsis), theme))
      .join('\n')}\n`,
  );
  // Ink paints nothing while `CI` is set, and its colours know neither NO_COLOR nor our theme: both are read when it is loaded.
  if (stdin.isTTY && stdout.isTTY) process.env.CI = 'false';
  process.env.FORCE_COLOR = theme === 'none' ? '0' : '2';
  const { runApp } = await import('./run.tsx');
  return runApp(options, theme);
}
