import { curl, node } from './programs.ts'
import type { Team } from './team.ts'
import { endpoint } from './team.ts'

const [time, distance] = [17.5, 733]

/** The same flight, asked about in the words of four systems; all must say the same. */
export async function askInFourProtocols({ predictUrl, grpcUrl, tell, show }: Team): Promise<void> {
  const tensor = (name: string, value: number) => ({ name, datatype: 'FP32', shape: [1, 1], data: [value] })
  const infer = { inputs: [tensor('time', time), tensor('distance', distance)] }
  const split = { dataframe_split: { columns: ['time', 'distance'], data: [[time, distance]] } }
  const said = [
    await post('Open Inference REST', `${predictUrl}/v2/models/${endpoint}/infer`, infer),
    await post('MLflow scoring', `${predictUrl}/endpoints/${endpoint}/invocations`, split),
    await post('TensorFlow Serving REST', `${predictUrl}/v1/models/${endpoint}:predict`, {
      instances: [{ time, distance }],
    }),
    await byGrpc(),
  ]
  const [first = 0] = said
  const differ = said.filter((value) => !(Math.abs(value - first) < 1e-6))
  if (differ.length > 0) throw new Error(`The protocols disagree: ${said.join(', ')}.`)
  show('Protocols', `Open Inference REST and gRPC, MLflow, TensorFlow Serving: all say ${first.toFixed(4)}`)

  async function post(protocol: string, url: string, body: object): Promise<number> {
    const data = JSON.stringify(body)
    const printed = await curl(url, '--header', 'content-type: application/json', '--data', data)
    tell({
      title: protocol,
      command: `curl ${url} --header 'content-type: application/json' --data '${data}'`,
      printed,
    })
    return probabilityIn(JSON.parse(printed))
  }
  async function byGrpc(): Promise<number> {
    const args = [grpcUrl, endpoint, String(time), String(distance)]
    const printed = await node('grpc-infer.ts', ...args)
    tell({ title: 'Open Inference gRPC', command: `node grpc-infer.ts ${args.join(' ')}`, printed })
    return Number(printed)
  }
}

/** The only number between 0 and 1 among an answer's outputs or predictions. */
function probabilityIn(answer: unknown): number {
  if (typeof answer === 'number') return answer
  if (Array.isArray(answer)) return probabilityIn(answer[0])
  if (typeof answer !== 'object' || answer === null) return Number.NaN
  const parts = new Map<string, unknown>(Object.entries(answer))
  const found = ['outputs', 'predictions', 'data', 'late'].find((name) => parts.has(name))
  return found === undefined ? Number.NaN : probabilityIn(parts.get(found))
}
