// `boltrope:check`: judges the manifests that a template has rendered, before the step that commits them.

import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { resolveSafeChildPath } from '@backstage/backend-plugin-api';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import type { LocatedFinding } from 'boltrope';

/** The rules that the portal enforces: one text, or what reads it each time. */
export interface Options {
  rules: string | (() => Promise<string>);
}

/** Makes the action. */
export function createBoltropeCheckAction({ rules }: Options) {
  return createTemplateAction({
    id: 'boltrope:check',
    description: 'Fails with every finding if a rendered manifest breaks the platform rules',
    supportsDryRun: true,
    schema: {
      input: {
        path: z =>
          z.string({ description: 'A manifest or a folder of them, in the workspace. The whole workspace by default.' }).optional(),
        namespace: z => z.string({ description: 'The namespace of manifests that name none.' }).optional(),
        world: z => z.string({ description: 'Manifests that describe the cluster, such as CRDs: a path in the workspace.' }).optional(),
      },
      output: {
        findings: z => z.array(z.string(), { description: 'What was found, a line each.' }),
      },
    },
    async handler({ input, logger, output, workspacePath }) {
      // The package is an ES module; `import()` loads it from CommonJS too.
      const { compileRules } = await import('boltrope');
      const ruleset = compileRules(typeof rules === 'string' ? rules : await rules());
      const resolve = (path: string) => resolveSafeChildPath(workspacePath, path);
      const world = input.world ? (await texts(resolve(input.world))).map(({ text }) => text).join('\n---\n') : undefined;
      const lines: string[] = [];
      let refused = 0;
      for (const { path, text } of await texts(resolve(input.path ?? '.'))) {
        const { accepted, findings } = ruleset.renderStream(text, { namespace: input.namespace, world });
        refused += accepted ? 0 : 1;
        lines.push(...findings.map(finding => shown(relative(workspacePath, path), finding)));
      }
      output('findings', lines);
      if (refused > 0) {
        throw new Error(`the platform rules refuse this order:\n${lines.join('\n')}`);
      }
      for (const line of lines) logger.warn(line);
    },
  });
}

/** `orders/a.yaml:4:3: error[namespace-placement/namespace-not-allowed]: ... Set ...` */
function shown(path: string, { line, column, severity, code, message, remedy }: LocatedFinding) {
  return `${path}:${line}:${column}: ${severity}[${code}]: ${message} ${remedy}`.trimEnd();
}

/** A manifest, or all below a folder, in the order of their names. */
async function texts(path: string): Promise<{ path: string; text: string }[]> {
  if (!(await stat(path)).isDirectory()) return [{ path, text: await readFile(path, 'utf8') }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const manifests = entries
    .filter(entry => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(manifests.map(async file => ({ path: file, text: await readFile(file, 'utf8') })));
}
