/** Ctrl-C: the first one stops or leaves what is in front, a second one soon after goes further. Pure. */
import { clear } from '../editor.ts';
import type { Focus } from '../keytable.ts';
import { type Step, stay, type View, withNotice, without } from '../view.ts';
import { quit } from './prompt.ts';
import { back } from './review.ts';

/** Milliseconds within which a second Ctrl-C exits. */
const AGAIN_MS = 3000;

export function interrupt(view: View, focus: Focus): Step {
  const again = view.now < view.armedUntil;
  const armed: View = { ...view, armedUntil: view.now + AGAIN_MS };
  switch (focus) {
    case 'following':
      if (again) return stay({ ...view, armedUntil: 0, stopping: { choice: 'no', typed: '' } });
      return stay(withNotice(armed, 'the deployment goes on: esc stops watching, ^C again asks to stop it', 'warn'));
    case 'stop':
      return stay(without(view, 'stopping'));
    case 'busy':
      if (view.detached) return interruptDetached(view, armed, again);
      if (again) return quit(view, 130);
      return stay(withNotice(armed, 'stopping; ^C again to exit', 'warn'), { kind: 'cancel' });
    case 'filter':
      return stay({ ...view, filtering: false, filter: '' });
    case 'recall':
      return stay(without(view, 'recall'));
    case 'panel-search':
    case 'panel-diff':
    case 'panel-plan':
    case 'panel-drift':
    case 'panel-history':
    case 'panel-doctor':
      return stay(without(view, 'panel'));
    case 'review':
    case 'confirm':
    case 'severe':
      if (again) return quit(view, 130);
      return stay(withNotice({ ...back(view, focus), armedUntil: armed.armedUntil }, 'nothing was sent; ^C again to exit', 'warn'));
    default:
      if (view.editor.text !== '') return stay({ ...view, editor: clear(view.editor) });
      return again ? quit(view, 0) : stay(withNotice(armed, '^C again to exit', 'warn'));
  }
}

function interruptDetached(view: View, armed: View, again: boolean): Step {
  if (view.editor.text !== '') return stay({ ...view, editor: clear(view.editor) });
  if (again) return quit(view, 130);
  return stay(withNotice(armed, 'a deployment runs in this process: ^C again stops it after the actions in flight and exits', 'warn'));
}
