import type { Release } from '../contract.ts'
import { problem } from '../contract.ts'
import type { DeliveryStore } from '../store/delivery-store.ts'

/** A release by id. Throws `no-such-release`. */
export async function findRelease(store: DeliveryStore, id: string): Promise<Release> {
  const release = await store.releases.find(id)
  if (release === undefined) throw problem['no-such-release']({ id })
  return release
}
