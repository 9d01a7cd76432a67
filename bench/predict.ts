import { features, serveModel } from './harness/a-served-model.ts'
import { closedLoop, httpClient } from './harness/http-load.ts'
import { count, milliseconds, report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'
import { startServer } from './harness/server-process.ts'

// One row of five features per request, Open Inference JSON, on the data plane's own port.
const total = 20_000

await withScratch(async (dataDir) => {
  const server = await startServer(dataDir)
  const setUp = httpClient(1)
  await serveModel(setUp, server.url)
  setUp.close()
  const body = {
    inputs: features.map((name, at) => ({ name, datatype: 'FP32', shape: [1, 1], data: [at / 10] })),
  }
  const bytes = Buffer.from(JSON.stringify(body))
  // Both endpoints are warm before either is measured.
  const warming = httpClient(8)
  for (const endpoint of ['unlogged', 'logged'])
    await closedLoop(8, total, () => warming.send('POST', `${server.predictUrl}/v2/models/${endpoint}/infer`, bytes))
  warming.close()
  const rows: string[][] = []
  for (const connections of [1, 32]) {
    for (const endpoint of ['unlogged', 'logged']) {
      const client = httpClient(connections)
      const url = `${server.predictUrl}/v2/models/${endpoint}/infer`
      const measured = await closedLoop(connections, total, () => client.send('POST', url, bytes))
      const { medianMs, p99Ms, perSecond } = measured
      const logging = endpoint === 'logged' ? 'on' : 'off'
      rows.push([String(connections), logging, milliseconds(medianMs), milliseconds(p99Ms), count(perSecond)])
      client.close()
    }
  }
  report(
    `A prediction through its endpoint, ${count(total)} requests each, load generator on the same machine`,
    ['connections', 'logging', 'median', 'p99', 'requests/s'],
    rows,
  )
  await server.stop()
})
