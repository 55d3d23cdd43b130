/** The app's runner: holds the view, feeds the reducer, draws, and does the work the reducer asks for. */
import { render } from 'ink';
import type { SessionEvent } from '../agent/events.ts';
import { IalError } from '../engine/errors.ts';
import { AlternateScreen, LEAVE } from './alternate.ts';
import { clipboard } from './clipboard.ts';
import { commandNames } from './commands.ts';
import { App } from './components/App.tsx';
import { FieldInput } from './field.ts';
import type { UiOptions } from './index.tsx';
import { startKeyHub } from './keys.ts';
import { reduce } from './reduce.ts';
import { InkStdout } from './stdout.ts';
import { panelScreen, showsPanel } from './tabs/screen.ts';
import { enterModes, type Modes } from './terminal.ts';
import { symbolsFor, type ThemeName } from './theme.ts';
import { createView, type Effect, focusOf, type Input, isActive, type View } from './view.ts';

/** Milliseconds between two frames of a spinner, and the longest a streamed token waits to be drawn. */
const TICK_MS = 100;
const STREAM_MS = 33;
/** Milliseconds a stopped session may take to end before the app leaves all the same. */
const STOP_MS = 10_000;

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

class Runner {
  private view: View;
  private readonly symbols;
  private readonly output: InkStdout;
  private readonly alternate: AlternateScreen;
  /** The size changed while the alternate screen was up. */
  private resizedBehind = false;
  private modes: Modes | undefined;
  private readonly field = new FieldInput();
  private readonly ink;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private drawTimer: ReturnType<typeof setTimeout> | undefined;
  private calls = 0;
  private leaving: number | undefined;
  private failure: unknown;
  private ended = false;
  private watching = false;
  private resolve: (code: number) => void = () => undefined;
  readonly finished: Promise<number>;

  constructor(
    private readonly options: UiOptions,
    theme: ThemeName,
  ) {
    const { stdout, env, initialText, history, commands, waiting } = options;
    this.symbols = symbolsFor(env);
    this.output = new InkStdout(stdout);
    this.alternate = new AlternateScreen((text) => stdout.write(text));
    this.view = createView({
      ...this.size(),
      now: Date.now(),
      history: history.entries(),
      commands: commandNames([...Object.keys(commands ?? {}), ...(waiting === undefined ? [] : ['proposal'])]),
      theme,
      ...(initialText === undefined ? {} : { initialText }),
      ...(waiting === undefined ? {} : { waiting }),
    });
    this.finished = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.ink = render(this.element(), {
      stdout: this.output as unknown as NodeJS.WriteStream,
      stdin: this.field as unknown as NodeJS.ReadStream,
      exitOnCtrlC: false,
      patchConsole: false,
      onRender: () => this.painted(),
    });
  }

  /** Connects keys, signals, size and session; resolves with the exit code after everything is undone. */
  async run(): Promise<number> {
    const { stdin, stdout, session, env } = this.options;
    const stopKeys = startKeyHub({
      stdin,
      escapeMs: env.SSH_TTY === undefined ? 50 : 100,
      onKey: (key) => this.key(key),
      onEnd: () => this.leave(this.leaving ?? 0),
    });
    this.modes = enterModes({
      write: (text) => stdout.write(text),
      fd: (stdout as { readonly fd?: number }).fd,
      undo: () => (this.alternate.isOpen ? LEAVE : ''),
      cooked: stopKeys,
      raw: (on) => stdin.setRawMode?.(on),
      onStop: () => this.stopping(),
      onContinue: () => this.continued(),
      onSignal: (signal) => this.leave(EXIT_CODES[signal]),
    });
    const unsubscribe = session.subscribe((event) => this.session(event));
    const onResize = (): void => this.resized();
    stdout.on('resize', onResize);
    const code = await this.finished;
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.drawTimer);
    stdout.off('resize', onResize);
    unsubscribe();
    this.closeAlternate();
    this.ink.unmount();
    this.modes?.leave();
    return code;
  }

  dispatch(input: Input, draw: 'now' | 'soon' = 'now'): void {
    if (this.ended) return;
    const step = reduce(this.view, input);
    this.view = step.view;
    if (draw === 'now') this.draw();
    else this.drawTimer ??= setTimeout(() => this.draw(), STREAM_MS);
    for (const effect of step.effects) this.perform(effect);
    this.tick();
  }

  private key(key: Parameters<FieldInput['feed']>[0]): void {
    if (focusOf(this.view) === 'filter' && key.name !== 'enter' && key.name !== 'escape') this.field.feed(key);
    this.dispatch({ kind: 'key', key, now: Date.now() });
  }

  private session(event: SessionEvent): void {
    if (event.kind === 'failed') this.failure = event.error;
    const busy = event.kind === 'text' || event.kind === 'engine';
    this.dispatch({ kind: 'session', event, now: Date.now() }, busy ? 'soon' : 'now');
  }

  private resized(): void {
    const resize = (): void => this.dispatch({ kind: 'resized', ...this.size(), now: Date.now() });
    if (!this.alternate.isOpen) {
      this.output.resized(resize);
      return;
    }
    this.resizedBehind = true;
    this.alternate.forget();
    resize();
  }

  private size(): { readonly columns: number; readonly rows: number } {
    const { stdout } = this.options;
    return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
  }

  private draw(): void {
    clearTimeout(this.drawTimer);
    this.drawTimer = undefined;
    const { panel } = this.view;
    if (panel !== undefined && showsPanel(this.view)) {
      this.output.hold();
      this.alternate.paint(panelScreen(this.view, panel, { header: this.options.header, symbols: this.symbols }), this.view.theme);
      return;
    }
    this.closeAlternate();
    this.ink.rerender(this.element());
  }

  /** The shell takes the terminal: our live region goes, and comes back below what the shell wrote. */
  private stopping(): void {
    if (this.alternate.isOpen) this.alternate.leave();
    this.output.release();
    this.output.lift();
  }

  private continued(): void {
    this.dispatch({ kind: 'resized', ...this.size(), now: Date.now() });
    this.dispatch({ kind: 'resumed', now: Date.now() });
  }

  /** Back to the main screen: what Ink wrote meanwhile is drawn there, and the size is made known that changed behind its back. */
  private closeAlternate(): void {
    if (!this.alternate.isOpen) return;
    this.alternate.leave();
    this.output.release();
    if (this.resizedBehind) this.output.resized(() => this.ink.rerender(this.element()));
    this.resizedBehind = false;
  }

  private painted(): void {
    if (this.view?.guard === 'unpainted') this.view = reduce(this.view, { kind: 'painted', now: Date.now() }).view;
  }

  /** Ticks only while something moves: an idle screen writes nothing. */
  private tick(): void {
    if (this.timer !== undefined || this.ended) return;
    if (!isActive(this.view) && this.view.armedUntil === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.dispatch({ kind: 'tick', now: Date.now() });
    }, TICK_MS);
  }

  private element() {
    return (
      <App
        view={this.view}
        header={this.options.header}
        theme={this.view.theme}
        symbols={this.symbols}
        onFilter={(text) => this.dispatch({ kind: 'filter', text, now: Date.now() })}
        onFieldReady={this.fieldReady}
      />
    );
  }

  private readonly fieldReady = (): void => this.field.ready();

  private perform(effect: Effect): void {
    const { session, history } = this.options;
    switch (effect.kind) {
      case 'ask':
        void this.call(() => session.ask(effect.text));
        break;
      case 'propose':
        void this.call(() => session.run(effect.tool, effect.input, effect.said));
        break;
      case 'decide':
        void this.call(() => session.decide(effect.proposalId, effect.decision));
        break;
      case 'cancel':
        session.cancel();
        break;
      case 'command':
        void this.command(effect.name, effect.args);
        break;
      case 'watch':
        void this.watch();
        break;
      case 'examine':
        void this.options.doctor?.((check) => this.dispatch({ kind: 'checked', check, now: Date.now() }));
        break;
      case 'names':
        void this.names();
        break;
      case 'suspend':
        this.modes?.suspend();
        break;
      case 'copy':
        this.options.stdout.write(clipboard(effect.text, this.options.env));
        break;
      case 'remember':
        history.add(effect.text);
        break;
      case 'exit':
        this.leave(effect.code);
        break;
    }
  }

  /** A call into the session. It reports what went wrong as an event; only what it throws beside that is shown here. */
  private async call(work: () => Promise<void>): Promise<void> {
    this.calls += 1;
    this.failure = undefined;
    try {
      await work();
    } catch (error) {
      if (this.failure === undefined) {
        const shown =
          error instanceof IalError ? error : new IalError('INTERNAL', messageOf(error), { where: 'session' }, { cause: error });
        this.session({ kind: 'failed', error: shown });
      }
    }
    this.calls -= 1;
    this.dispatch({ kind: 'settled', pending: this.options.session.pending(), now: Date.now() });
    if (this.leaving !== undefined && this.calls === 0) this.resolve(this.leaving);
  }

  private async command(name: string, args: readonly string[]): Promise<void> {
    const run = this.options.commands?.[name];
    if (run === undefined) {
      const known = this.view.commands.map(({ text }) => `/${text}`).join(' ');
      this.print([`no command /${name}; there is ${known}`]);
      return;
    }
    try {
      const output = await run(args);
      this.print(typeof output === 'string' ? output.split('\n') : output);
    } catch (error) {
      this.dispatch({ kind: 'printed', item: { kind: 'error', error }, now: Date.now() });
    }
  }

  /** What `@` can name; a project that cannot be read has no names, and says why when it is asked for something. */
  private async names(): Promise<void> {
    const names = (await this.options.names?.().catch(() => [])) ?? [];
    this.dispatch({ kind: 'names', names, now: Date.now() });
  }

  /** Reads the panels' rows while one is open: what others do appears by itself. */
  private async watch(): Promise<void> {
    const { panels } = this.options;
    if (panels === undefined || this.watching) return;
    this.watching = true;
    while (this.view.panel !== undefined && !this.ended) {
      const rows = await panels.read().catch((error: unknown) => ({ problem: problemOf(error) }));
      this.dispatch({ kind: 'rows', rows, now: Date.now() });
      await new Promise((resolve) => setTimeout(resolve, panels.everyMs).unref());
    }
    this.watching = false;
  }

  private print(lines: readonly string[]): void {
    this.dispatch({ kind: 'printed', item: { kind: 'output', lines }, now: Date.now() });
  }

  /** Leaves at once when nothing runs; else stops the work and leaves when it ended, or on the second wish, or after a while. */
  private leave(code: number): void {
    if (this.calls === 0 || this.leaving !== undefined) {
      this.resolve(code);
      return;
    }
    this.leaving = code;
    this.options.session.cancel();
    setTimeout(() => this.resolve(code), STOP_MS).unref();
  }
}

/** Why a look at the state table failed; without a network that is all there is to say. */
function problemOf(error: unknown): string {
  const offline = error instanceof IalError && error.code === 'CLOUD_UNREACHABLE';
  return offline ? `offline: ${error.message}` : messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs the app to its end. @returns the exit code. */
export function runApp(options: UiOptions, theme: ThemeName): Promise<number> {
  return new Runner(options, theme).run();
}
