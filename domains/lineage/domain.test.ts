import { Done, endpoint, ref } from '@millrace/contract'
import type { Domain, LineageEdge as NewEdge, LineageEdgeType } from '@millrace/kernel'
import { operations } from '@millrace/kernel'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import type { OpenStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { LineageGraph } from './contract.ts'
import { ancestors, createLineage, descendants, lineageSink } from './domain.ts'

const { action } = operations(() => ({}))
const Node = z.object({ kind: z.string(), id: z.string() })
const relate = action(
  endpoint({
    name: 'things.relate',
    method: 'POST',
    path: '/things',
    summary: 'Writes edges',
    needs: { permission: 'things:write' },
    input: z.object({
      edges: z.array(z.object({ from: Node, type: z.string(), to: Node, context: z.string().optional() })),
      fail: z.boolean().default(false),
    }),
    output: Done,
  }),
  async ({ input, call }) => {
    const edges = input.edges as NewEdge[] // the test writes known types only
    if (input.fail) {
      await call(relate, { edges: input.edges })
      throw new Error('refused')
    }
    return { answer: {}, audit: 'unchanged', edges }
  },
)
// Kinds of a miniature domain: it has forgotten what begins with "gone".
const kindOf = (kind: string) => ({
  kind,
  describe: async (_scope: unknown, ids: readonly string[]) =>
    ids
      .filter((id) => !id.startsWith('gone') && !id.startsWith('new'))
      .map((id) => ({ id, title: `${kind} ${id}`, fact: 'one fact', href: `/${kind}s/${id}`, state: 'ready' })),
})
const things: Domain = {
  name: 'things',
  migrations: {},
  operations: [relate],
  nodeKinds: ['dataset-version', 'run', 'model-version', 'deployment', 'endpoint', 'evidence'].map(kindOf),
}

const edge = (from: string, type: LineageEdgeType, to: string, context?: string) => {
  const node = (text: string) => ref(text.slice(0, text.indexOf('/')), text.slice(text.indexOf('/') + 1))
  return { from: node(from), type, to: node(to), ...(context === undefined ? {} : { context }) }
}

async function start(openStore: OpenStore) {
  const t = await testKernel({
    database: await openStore(),
    ports: () => ({
      authorizer: { authorize: async (_scope, permission, on) => ({ permission, on }) as never },
      authenticate: async () => aPerson('ann'),
      audit: { record: async () => {} },
      lineage: lineageSink,
    }),
    domains: (runtime) => [createLineage(runtime), things],
  })
  const get = (path: string) => t.app.inject(`/api/millrace/v1/w/default/lineage/${path}`)
  return {
    ...t,
    get,
    graph: async (path: string) => (await get(path)).json<LineageGraph>(),
    relate: (...edges: NewEdge[]) => t.act(relate, { edges }),
    scope: () => t.runtime.runner.readScope({ workspace: 'default', actor: aPerson('ann') }),
  }
}
type Started = Awaited<ReturnType<typeof start>>

/** d1 ← run ← v1 → dep → endpoint, and v1 was derived from v0, which another run made of d0. */
async function story(t: Started) {
  await t.relate(
    edge('run/r0', 'used_data', 'dataset-version/d0', 'training'),
    edge('run/r0', 'produced', 'model-version/v0'),
    edge('run/r1', 'used_data', 'dataset-version/d1', 'training'),
    edge('run/r1', 'produced', 'model-version/v1'),
    edge('model-version/v1', 'derived_from', 'model-version/v0'),
    edge('model-version/v1', 'validated_by', 'evidence/e1'),
    edge('model-version/v1', 'deployed_as', 'deployment/dep1'),
    edge('deployment/dep1', 'deployed_as', 'endpoint/flight-delay'),
  )
}
const names = (refs: readonly { kind: string; id: string }[]) => refs.map((node) => `${node.kind}/${node.id}`)

onEachStore((openStore, dialect) => {
  describe('the graph around a thing', () => {
    it('reads upstream what it came from, by the meaning of each edge', async () => {
      const t = await start(openStore)
      await story(t)
      const graph = await t.graph('deployment/dep1?direction=upstream')
      expect(names(graph.nodes).slice(0, 2)).toEqual(['deployment/dep1', 'model-version/v1'])
      expect(names(graph.nodes).toSorted()).toEqual([
        'dataset-version/d0',
        'dataset-version/d1',
        'deployment/dep1',
        'evidence/e1',
        'model-version/v0',
        'model-version/v1',
        'run/r0',
        'run/r1',
      ])
      expect(graph.truncated).toBe(false)
      expect(graph.edges).toHaveLength(7)
      expect(graph.edges).toContainEqual({
        ...edge('run/r1', 'used_data', 'dataset-version/d1', 'training'),
        atMs: t.clock.nowMs,
      })
    })
    it('reads downstream what came from it', async () => {
      const t = await start(openStore)
      await story(t)
      expect(names((await t.graph('dataset-version/d0?direction=downstream')).nodes)).toEqual([
        'dataset-version/d0',
        'run/r0',
        'model-version/v0',
        'model-version/v1',
        'deployment/dep1',
        'endpoint/flight-delay',
      ])
      expect(names((await t.graph('evidence/e1?direction=downstream')).nodes)).toContain('deployment/dep1')
    })
    it('reads both ways without turning around on the way', async () => {
      const t = await start(openStore)
      await story(t)
      const graph = await t.graph('run/r0')
      expect(names(graph.nodes).toSorted()).toEqual(
        [
          'run/r0',
          'dataset-version/d0',
          'model-version/v0',
          'model-version/v1',
          'deployment/dep1',
          'endpoint/flight-delay',
        ].toSorted(),
      )
      expect(graph.root).toEqual({ kind: 'run', id: 'r0' })
    })
    it('describes nodes by their domain, and by their id where that has forgotten them', async () => {
      const t = await start(openStore)
      await t.relate(
        edge('run/r1', 'used_data', 'dataset-version/gone'),
        edge('run/r1', 'used_code', 'code-version/c1'),
      )
      const { nodes } = await t.graph('run/r1')
      expect(nodes).toHaveLength(3)
      expect(nodes[0]).toEqual({
        kind: 'run',
        id: 'r1',
        title: 'run r1',
        fact: 'one fact',
        href: '/runs/r1',
        state: 'ready',
      })
      expect(nodes).toContainEqual({ kind: 'code-version', id: 'c1', title: 'c1' })
      expect(nodes).toContainEqual({ kind: 'dataset-version', id: 'gone', title: 'gone' })
    })
    it('ends at a depth and at a limit, and says that it did', async () => {
      const t = await start(openStore)
      await story(t)
      const shallow = await t.graph('dataset-version/d0?direction=downstream&depth=2')
      expect(names(shallow.nodes)).toEqual(['dataset-version/d0', 'run/r0', 'model-version/v0'])
      expect(shallow.truncated).toBe(true)
      const few = await t.graph('dataset-version/d0?direction=downstream&limit=2')
      expect([names(few.nodes), few.edges.length, few.truncated]).toEqual([['dataset-version/d0', 'run/r0'], 1, true])
      expect((await t.graph('dataset-version/d0?direction=downstream&depth=5')).truncated).toBe(false)
    })
    it('ends in a circle', async () => {
      const t = await start(openStore)
      await t.relate(
        edge('model-version/a', 'derived_from', 'model-version/b'),
        edge('model-version/b', 'derived_from', 'model-version/a'),
      )
      const graph = await t.graph('model-version/a?depth=1000')
      expect([names(graph.nodes), graph.edges.length]).toEqual([['model-version/a', 'model-version/b'], 2])
    })
    it('of a thing without edges is that thing alone', async () => {
      const t = await start(openStore)
      expect(await t.graph('run/lonely')).toMatchObject({
        nodes: [{ title: 'run lonely' }],
        edges: [],
        truncated: false,
      })
    })
    it('refuses kinds and things that are not there', async () => {
      const t = await start(openStore)
      expect((await t.get('unicorn/1')).json()).toMatchObject({ status: 404, code: 'lineage/unknown-kind' })
      expect((await t.get('run/gone')).json()).toMatchObject({ status: 404, code: 'lineage/unknown-node' })
      expect((await t.get('run/r1?depth=0')).json()).toMatchObject({ status: 400 })
      expect((await t.get('run/r1?direction=sideways')).json()).toMatchObject({ status: 400 })
    })
    it('stays in its workspace', async () => {
      const t = await start(openStore)
      await story(t)
      const other = await t.ask(createLineage(t.runtime).readGraph, { kind: 'run', id: 'r0' }, { workspace: 'team' })
      expect(other.edges).toEqual([])
    })
  })

  describe('edges', () => {
    it('are there once, however often they are written', async () => {
      const t = await start(openStore)
      const used = edge('run/r', 'used_data', 'dataset-version/d', 'training')
      await t.relate(used, used)
      t.clock.advance(5)
      await t.relate(used, edge('run/r', 'used_data', 'dataset-version/d', 'validation'))
      const { edges } = await t.graph('run/r')
      expect(edges.map((found) => [found.context, found.atMs - t.clock.nowMs])).toEqual(
        expect.arrayContaining([
          ['training', -5],
          ['validation', 0],
        ]),
      )
      expect(edges).toHaveLength(2)
    })
    it('of an act that is undone are not there', async () => {
      const t = await start(openStore)
      await expect(
        t.act(relate, { edges: [edge('run/r', 'used_data', 'dataset-version/d')], fail: true }),
      ).rejects.toThrow('refused')
      expect((await t.graph('run/r')).edges).toEqual([])
    })
    it('survive many writers of the same edge', async () => {
      const t = await start(openStore)
      await Promise.all(Array.from({ length: 20 }, () => t.relate(edge('run/r', 'used_data', 'dataset-version/d'))))
      expect((await t.graph('run/r')).edges).toHaveLength(1)
    })
  })

  describe('for other domains', () => {
    it('finds descendants and ancestors by kind', async () => {
      const t = await start(openStore)
      await story(t)
      expect(
        names(
          await descendants(t.scope(), [ref('dataset-version', 'd0'), ref('dataset-version', 'd1')], {
            kinds: ['deployment'],
          }),
        ),
      ).toEqual(['deployment/dep1'])
      expect(
        names(await ancestors(t.scope(), [ref('endpoint', 'flight-delay')], { kinds: ['dataset-version'] })).toSorted(),
      ).toEqual(['dataset-version/d0', 'dataset-version/d1'])
      expect(await descendants(t.scope(), [ref('endpoint', 'flight-delay')])).toEqual([])
      expect(names(await ancestors(t.scope(), [ref('run', 'r1')], { depth: 1 }))).toEqual(['dataset-version/d1'])
    })
  })

  it('answers a graph of ten thousand nodes', async () => {
    const t = await start(openStore)
    const [layers, width] = [20, 500]
    const at = (layer: number, place: number) => `model-version/m${layer}-${(place + width) % width}`
    for (let layer = 1; layer < layers; layer += 1) {
      const places = Array.from({ length: width }, (_, place) => place)
      const added = places.flatMap((place) => [
        edge(at(layer, place), 'derived_from', at(layer - 1, place)),
        edge(at(layer, place), 'derived_from', at(layer - 1, place + 1)),
      ])
      await t.relate(...added)
    }
    await t.relate(...Array.from({ length: width }, (_, place) => edge('run/root', 'used_code', at(layers - 1, place))))
    const read = createLineage(t.runtime).readGraph
    const timesMs: number[] = []
    for (let round = 0; round < 5; round += 1) {
      const beganMs = performance.now()
      const graph = await t.ask(read, { kind: 'run', id: 'root', direction: 'upstream', depth: 100, limit: 20_000 })
      timesMs.push(performance.now() - beganMs)
      expect([graph.nodes.length, graph.edges.length, graph.truncated]).toEqual([10_001, 19_500, false])
    }
    console.log(`${dialect}: 10,001 nodes, 19,500 edges in ${timesMs.map((ms) => ms.toFixed(0)).join(', ')} ms`)
  })
})
