/** Whether a coding agent runs this command: it gets no question and no notes, and it approves nothing. */

/** What coding agents set in the environment of the commands they run. */
const VARIABLES = ['CLAUDECODE', 'CURSOR_AGENT', 'GEMINI_CLI', 'CODEX_SANDBOX', 'AMAZON_Q_IN_CHAT', 'KIRO_AGENT', 'OPENCODE', 'AIDER'];

/** @returns the variable that gives it away */
export function detectedAgent(env: NodeJS.ProcessEnv): string | undefined {
  return VARIABLES.find((name) => env[name] !== undefined && env[name] !== '');
}
