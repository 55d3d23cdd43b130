import { Box, Static } from 'ink';
import type { ReactElement } from 'react';
import { editorRows } from '../editor.ts';
import type { Header } from '../header.ts';
import type { Focus } from '../keytable.ts';
import { bodyLines, footerLine, hasPrompt, isTooSmall, PROMPT_ROWS, smallLines, widthFor } from '../screen.ts';
import type { Symbols, ThemeName } from '../theme.ts';
import { type Item, spacedLines } from '../transcript.ts';
import { focusOf, type View } from '../view.ts';
import { Filter } from './Filter.tsx';
import { Lines } from './Lines.tsx';
import { Prompt } from './Prompt.tsx';

export interface AppProps {
  readonly view: View;
  readonly header: Header;
  readonly theme: ThemeName;
  readonly symbols: Symbols;
  readonly onFilter: (text: string) => void;
  readonly onFieldReady: () => void;
}

/** What an empty prompt says, by who has the keys. */
const PLACEHOLDER: { readonly [focus in Focus]?: string } = {
  prompt: 'say what to change, e.g. add port 8443 to the ALB security group',
  question: 'your answer',
  choice: 'a number, or your own words',
  busy: 'the next message waits for its turn',
};

/** The whole screen: scrollback, then the live region, which is always lower than the terminal. */
export function App(props: AppProps): ReactElement {
  const { view, theme, symbols } = props;
  const width = widthFor(view);
  return (
    <Box flexDirection="column" width="100%" paddingRight={1}>
      <Static items={view.items as Item[]}>
        {(_item, index) => <Lines key={index} lines={spacedLines(view.items, index, width, symbols)} theme={theme} />}
      </Static>
      {isTooSmall(view) ? <Lines lines={smallLines(view)} theme={theme} /> : <Live {...props} />}
    </Box>
  );
}

function Live({ view, header, theme, symbols, onFilter, onFieldReady }: AppProps): ReactElement {
  const prompt = hasPrompt(view);
  const rows = prompt ? editorRows(view.editor, widthFor(view) - 5, PROMPT_ROWS) : [];
  const below = 1 + (prompt ? rows.length + 2 : 0) + (view.filtering ? 1 : 0);
  return (
    <Box flexDirection="column" width="100%">
      <Lines lines={bodyLines(view, { header, symbols }, below)} theme={theme} />
      {view.filtering ? <Filter value={view.filter} onChange={onFilter} onReady={onFieldReady} theme={theme} /> : null}
      {prompt ? (
        <Prompt
          rows={rows}
          placeholder={(focusOf(view) === 'prompt' ? view.offer : undefined) ?? PLACEHOLDER[focusOf(view)] ?? ''}
          empty={view.editor.text === ''}
          theme={theme}
          symbols={symbols}
        />
      ) : null}
      <Lines lines={[footerLine(view, { header, symbols })]} theme={theme} />
    </Box>
  );
}
