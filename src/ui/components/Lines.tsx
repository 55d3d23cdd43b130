import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import type { Line } from '../lines.ts';
import { paintOf, type ThemeName } from '../theme.ts';

export interface LinesProps {
  readonly lines: readonly Line[];
  readonly theme: ThemeName;
}

/** Lines as they are: never wrapped by Ink, so the number of rows is the number of lines. */
export function Lines({ lines, theme }: LinesProps): ReactElement {
  return (
    <Box flexDirection="column" width="100%">
      {lines.map((content, index) => (
        // A line has no identity but its place.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Text key={index} wrap="truncate">
          {content.length === 0
            ? ' '
            : content.map((part, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: see above
                <Text key={at} {...paintOf(part.tone, theme)}>
                  {part.text}
                </Text>
              ))}
        </Text>
      ))}
    </Box>
  );
}
