import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import type { EditorRow } from '../editor.ts';
import { paintOf, type Symbols, type ThemeName } from '../theme.ts';

export interface PromptProps {
  readonly rows: readonly EditorRow[];
  /** Shown while the prompt is empty. */
  readonly placeholder: string;
  readonly empty: boolean;
  readonly theme: ThemeName;
  readonly symbols: Symbols;
}

/** The prompt's box. The rows are folded already; the cursor is an inverse cell, or a bar where there is no colour. */
export function Prompt({ rows, placeholder, empty, theme, symbols }: PromptProps): ReactElement {
  return (
    <Box
      width="100%"
      flexDirection="column"
      borderStyle={symbols.unicode ? 'round' : 'classic'}
      borderDimColor={theme !== 'none'}
      borderLeft={false}
      borderRight={false}
    >
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has no identity but its place
        <Text key={index} wrap="truncate">
          <Text {...paintOf('accent', theme)}>{index === 0 ? ` ${symbols.prompt} ` : '   '}</Text>
          <PromptText row={row} theme={theme} symbols={symbols} />
          {empty ? <Text {...paintOf('dim', theme)}>{placeholder}</Text> : null}
        </Text>
      ))}
    </Box>
  );
}

function PromptText({
  row,
  theme,
  symbols,
}: {
  readonly row: EditorRow;
  readonly theme: ThemeName;
  readonly symbols: Symbols;
}): ReactElement {
  if (row.cursor === undefined) return <Text>{row.text}</Text>;
  const before = row.text.slice(0, row.cursor);
  const [under] = new Intl.Segmenter().segment(row.text.slice(row.cursor));
  const cell = under?.segment ?? '';
  const rest = row.text.slice(row.cursor + cell.length);
  if (theme === 'none') return <Text>{`${before}${symbols.cursor}${cell}${rest}`}</Text>;
  return (
    <Text>
      {before}
      <Text inverse>{cell === '' ? ' ' : cell}</Text>
      {rest}
    </Text>
  );
}
