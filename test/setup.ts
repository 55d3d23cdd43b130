// Tests never reach AWS, never read this machine's Git or AWS configuration, and never see the caller's terminal habits.
import { devNull } from 'node:os';

for (const name of Object.keys(process.env)) {
  if (name.startsWith('AWS_') || name === 'NO_COLOR' || name === 'CI') delete process.env[name];
}
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.env.AWS_EC2_METADATA_DISABLED = 'true';
process.env.AWS_CONFIG_FILE = devNull;
process.env.AWS_SHARED_CREDENTIALS_FILE = devNull;
process.env.GIT_CONFIG_GLOBAL = devNull;
process.env.GIT_CONFIG_NOSYSTEM = '1';
