// Registers the action: `backend.add(import('scaffolder-backend-module-boltrope'))`. The rules are the file that
// `boltrope.rules` in app-config.yaml names.

import { readFile } from 'node:fs/promises';

import { coreServices, createBackendModule } from '@backstage/backend-plugin-api';
import { scaffolderActionsExtensionPoint } from '@backstage/plugin-scaffolder-node';

import { createBoltropeCheckAction } from './action.js';

export default createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'boltrope',
  register(env) {
    env.registerInit({
      deps: { actions: scaffolderActionsExtensionPoint, config: coreServices.rootConfig },
      async init({ actions, config }) {
        const path = config.getString('boltrope.rules');
        actions.addActions(createBoltropeCheckAction({ rules: () => readFile(path, 'utf8') }));
      },
    });
  },
});
