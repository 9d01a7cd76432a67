import type { DatasetVersion } from '@millrace/datasets/contract'
import { registerVersion } from '@millrace/datasets'
import type { TestKernel } from '@millrace/kernel/testing'
import { aPerson } from '@millrace/kernel/testing'

/** A first version of the data set "flights". */
export async function flightsVersion(t: TestKernel): Promise<DatasetVersion> {
  const { digest } = await t.runtime.objects.putContent('datasets', new TextEncoder().encode('delay,late\n1,0\n20,1\n'))
  const context = { actor: aPerson('ann'), workspace: 'default' }
  return registerVersion(t.runtime, context, { name: 'flights', files: [{ path: 'flights.csv', digest }] })
}
