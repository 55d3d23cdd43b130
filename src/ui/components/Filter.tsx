import { Box, Text } from 'ink';
import TextInput from 'ink-text-input';
import type { ReactElement } from 'react';
import { useEffect } from 'react';
import { paintOf, type ThemeName } from '../theme.ts';

export interface FilterProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Called after each painted value: the field is ready for its next key. */
  readonly onReady: () => void;
  readonly theme: ThemeName;
}

/** The plan's filter field. `ink-text-input` reads its keys from the hub's field input, one at a time. */
export function Filter({ value, onChange, onReady, theme }: FilterProps): ReactElement {
  useEffect(() => {
    if (value.length >= 0) onReady();
  }, [value, onReady]);
  return (
    <Box width="100%">
      <Text {...paintOf('accent', theme)}> / </Text>
      <TextInput value={value} onChange={onChange} placeholder="part of a name or type" />
    </Box>
  );
}
