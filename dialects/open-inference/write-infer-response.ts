import type { PredictResult, Tensor, WireAnswer } from '@millrace/model-serving/plane'
import { isTexts } from '@millrace/model-serving/plane'
import { bytesOfData, numberOfHalf } from '@millrace/model-serving/wire'
import type { InferWish } from './infer-wish.ts'
import { chooseOutputs } from './infer-wish.ts'

/** The answer to an infer request: JSON, or JSON and raw tensors where the request asked for them. Throws when it asked for an unknown output. */
export function writeInferResponse(request: InferWish, result: PredictResult): WireAnswer {
  const chosen = chooseOutputs(request, result.outputs)
  const raw: Uint8Array[] = []
  const outputs = chosen.map(({ output, binary }) => {
    const { name, datatype, shape, data } = output
    const head = `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}]`
    if (!binary) return `${head},"data":${jsonOf(data, datatype === 'FP16')}}`
    const bytes = bytesOfData(data)
    raw.push(bytes)
    return `${head},"parameters":{"binary_data_size":${bytes.length}}}`
  })
  const json = `${headOf(request, result)},"outputs":[${outputs.join(',')}]}`
  if (raw.length === 0) return { status: 200, headers: { 'content-type': 'application/json' }, body: json }
  const header = Buffer.from(json)
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
    body: Buffer.concat([header, ...raw]),
  }
}

function headOf({ id }: Pick<InferWish, 'id'>, result: PredictResult): string {
  const { id: predictionId, endpoint, deploymentId, versionId, version } = result
  const parameters = { prediction_id: predictionId, deployment_id: deploymentId, version_id: versionId, version }
  const answered = JSON.stringify(id ?? predictionId)
  return `{"model_name":${JSON.stringify(endpoint)},"model_version":"${version}","id":${answered},"parameters":${JSON.stringify(parameters)}`
}

/** A flat list. NaN and the infinities have no form in JSON: null. Integers of 64 bits are written exactly, halves as numbers. */
function jsonOf(data: Tensor['data'], isHalf: boolean): string {
  if (isTexts(data)) return JSON.stringify(data)
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return `[${data.join(',')}]`
  if (isHalf) return JSON.stringify(Array.from(data, numberOfHalf))
  return data.length === 1 ? `[${String(finiteOrNull(data[0]))}]` : JSON.stringify(Array.from(data))
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}
