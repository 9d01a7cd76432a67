import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { isPublicAddress } from '@millrace/kernel/outgoing'
import { problem } from '../../contract.ts'
import type { SourceRules } from './source.ts'

/** An address that is written as numbers is never looked up, so it is judged here. Throws `datasets/source-refused`. */
export function refusePrivateHost(url: string, host: string, rules: SourceRules): void {
  const plain = host.replace(/^\[(.*)\]$/, '$1')
  if (!rules.privateAddresses && isIP(plain) !== 0 && !isPublicAddress(plain)) throw refused(url, plain)
}

/** Looks names up for a connection and refuses those that mean a private address: what is judged is what is used. */
export function guardedLookup(url: string, rules: SourceRules): LookupFunction {
  const judge = (found: readonly LookupAddress[]) => {
    const inner = rules.privateAddresses ? undefined : found.find(({ address }) => !isPublicAddress(address))
    return inner === undefined ? null : refused(url, inner.address)
  }
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const failure = error ?? judge(found)
      const [first = { address: '', family: 0 }] = failure === null ? found : []
      if (options.all === true && failure === null) callback(null, found)
      else callback(failure, first.address, first.family)
    })
  }
}

function refused(url: string, address: string): Error {
  const reason = `its host is ${address}, which is no public address; the server's administrator can allow those`
  return problem['source-refused']({ url, reason })
}
