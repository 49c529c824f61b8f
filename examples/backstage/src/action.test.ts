// The action as the scaffolder calls it, on workspaces as its templates leave them.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import type { ActionContext } from '@backstage/plugin-scaffolder-node';

import { createBoltropeCheckAction } from './action.js';
import backendModule from './module.js';

const RULES = join(__dirname, '../rules.yaml');
const action = createBoltropeCheckAction({ rules: () => readFile(RULES, 'utf8') });
type Context = Parameters<typeof action.handler>[0];

const order = (namespace: string, labels: string) => `apiVersion: openportal.dev/v1alpha1
kind: ManagedNamespace
metadata:
  name: team-search
  namespace: ${namespace}
  labels: ${labels}
spec: {name: team-search}
`;
const GOOD = order('system', '{cost-centre: "1234", tier: gold}');

/** Runs the action in a workspace with these files; gives what it wrote, warned and threw. */
async function run(files: Record<string, string>, input: Context['input'] = {}) {
  const workspacePath = await mkdtemp(join(tmpdir(), 'boltrope-'));
  const warnings: string[] = [];
  const outputs: Record<string, unknown> = {};
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(workspacePath, name)), { recursive: true });
      await writeFile(join(workspacePath, name), text);
    }
    const logger = { warn: (line: string) => warnings.push(line), info() {}, error() {}, debug() {}, child: () => logger };
    const context: Pick<ActionContext<{}>, 'workspacePath'> & Record<string, unknown> = {
      input,
      logger,
      workspacePath,
      output: (name: string, value: unknown) => {
        outputs[name] = value;
      },
    };
    // The rest of a context is nothing that the action asks for.
    const failed = await action.handler(context as unknown as Context).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return { failed, warnings, outputs };
  } finally {
    await rm(workspacePath, { recursive: true });
  }
}

test('an order that the rules accept passes', async () => {
  assert.deepEqual(await run({ 'order.yaml': GOOD }), { failed: undefined, warnings: [], outputs: { findings: [] } });
});

test('an order in a wrong place fails with what to write where', async () => {
  const { failed, outputs } = await run({ 'orders/a.yaml': GOOD, 'orders/b.yaml': order('shop', '{cost-centre: 12, tier: tin}') });
  assert.ok(failed);
  assert.match(failed, /^the platform rules refuse this order:\n/);
  assert.match(failed, /^orders\/b\.yaml:5:3: error\[namespace-placement\/namespace-not-allowed\]: .* Set `metadata\.namespace` to `system`\.$/m);
  assert.match(failed, /^orders\/b\.yaml:6:\d+: error\[metadata\/not-allowed\]: .*`tin`/m);
  assert.equal((outputs.findings as string[]).length, failed.split('\n').length - 1);
});

test('a manifest that cannot be read fails with its line', async () => {
  const { failed } = await run({ 'order.yaml': 'apiVersion: openportal.dev/v1alpha1\nkind: ManagedNamespace\nmetadata: {\n' });
  assert.match(failed ?? '', /^order\.yaml:\d+:\d+: error\[unreadable\]: /m);
});

test('only the path that is named is judged, and none outside of the workspace', async () => {
  const files = { 'good/order.yaml': GOOD, 'bad/order.yaml': order('shop', '{}'), 'README.md': 'not: [a manifest' };
  assert.equal((await run(files, { path: 'good' })).failed, undefined);
  assert.ok((await run(files, { path: 'bad/order.yaml' })).failed);
  assert.match((await run(files, { path: '../../etc' })).failed ?? '', /Relative path is not allowed/);
});

test('a mistake in the rules is told with its line', async () => {
  const broken = createBoltropeCheckAction({ rules: 'kind: RuleSet\nspec: {}\n' });
  const context = { input: {}, workspacePath: tmpdir(), output() {}, logger: {} };
  await assert.rejects(broken.handler(context as unknown as Context), /rules\.yaml:2:1: `rules` is missing/);
});

test('the schema of the action is one that forms can show', () => {
  assert.equal(action.id, 'boltrope:check');
  assert.deepEqual(Object.keys(action.schema?.input?.properties ?? {}).sort(), ['namespace', 'path', 'world']);
  assert.equal(typeof backendModule, 'object');
});
