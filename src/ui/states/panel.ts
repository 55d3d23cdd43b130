/** Keys in the views of the alternate screen. Pure. */
import type { Action } from '../keytable.ts';
import { moved, openPanel, panelWish } from '../panel.ts';
import { type Step, stay, type View, withNotice, without } from '../view.ts';
import { begin } from './prompt.ts';

export function panelKey(view: View, action: Action): Step {
  const { panel } = view;
  if (panel === undefined) return stay(view);
  switch (action) {
    case 'up':
      return stay({ ...view, panel: moved(panel, -1) });
    case 'down':
      return stay({ ...view, panel: moved(panel, 1) });
    case 'other-panel':
      return stay({ ...view, panel: openPanel(panel.name === 'drift' ? 'history' : 'drift', panel.rows) });
    case 'revert':
    case 'adopt':
    case 'undo':
    case 'restore': {
      const wish = panelWish(panel, action);
      if (typeof wish === 'string') return stay(withNotice(view, wish));
      const { address, decision, commit } = wish.input as { readonly [name: string]: string | undefined };
      const said = address === undefined ? `/rollback ${commit?.slice(0, 7) ?? ''}` : `/drift ${decision ?? ''} ${address}`;
      return stay(begin(without(view, 'panel'), said), { kind: 'propose', ...wish });
    }
    default:
      return stay(without(view, 'panel'));
  }
}
