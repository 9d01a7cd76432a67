import { createHmac, randomBytes } from 'node:crypto'
import type { Database } from '@millrace/kernel/db'
import { accessProblem } from '../../contract.ts'
import type { PasswordHolder } from '../../store/passwords.ts'
import { passwordHolderOf } from '../../store/passwords.ts'
import { hashPassword, isPasswordOf } from './password-hash.ts'
import type { SignInThrottle } from '../model/sign-in-throttle.ts'
import { createSignInThrottle } from '../model/sign-in-throttle.ts'

const limit = 10_000
/** Each check takes 19 MiB; more than this wait, and beyond the queue they are turned away. */
const atOnce = 4
const queueLimit = 256

/** Somebody's name and password, and from where they come. */
export interface Attempt {
  readonly workspace: string
  readonly name: string
  readonly password: string
  readonly address: string
}

/** Checks names and passwords. What was right once is recognised in microseconds until the password changes. */
export interface PasswordVerifier {
  /** Throws `access/wrong-password`, the same for an unknown name, and `access/too-many-attempts`. */
  verify(attempt: Attempt): Promise<PasswordHolder>
}

export function createPasswordVerifier(database: Database, nowMs: () => number): PasswordVerifier {
  const throttle = createSignInThrottle(nowMs)
  const checker = createChecker()
  return {
    verify: async ({ workspace, name, password, address }) => {
      // Before anything else: whoever has to wait learns nothing, not even that a guess was right.
      throttle.check(name, address)
      const holder = await passwordHolderOf(database.reader, workspace, name)
      if (holder !== undefined && checker.isKnown(password, holder.hash)) {
        throttle.succeeded(name, address)
        return holder
      }
      return checkSlowly(throttle, checker, holder, { name, password, address })
    },
  }
}

async function checkSlowly(
  throttle: SignInThrottle,
  checker: Checker,
  holder: PasswordHolder | undefined,
  { name, password, address }: Omit<Attempt, 'workspace'>,
): Promise<PasswordHolder> {
  // An unknown name takes as long as a known one, so that nobody learns which names there are.
  const right = await checker.check(password, holder?.hash ?? (await nobodysHash()))
  if (holder === undefined || !right) {
    throttle.failed(name, address)
    throw accessProblem['wrong-password']({})
  }
  throttle.succeeded(name, address)
  return holder
}

interface Checker {
  isKnown(password: string, hash: string): boolean
  check(password: string, hash: string): Promise<boolean>
}

function createChecker(): Checker {
  // The key lives in this process alone: what is kept of a password is worth nothing outside it.
  const key = randomBytes(32)
  const right = new Set<string>()
  const running = new Map<string, Promise<boolean>>()
  const slots = createSlots()
  const markOf = (password: string, hash: string) =>
    createHmac('sha256', key).update(`${hash}\0${password}`).digest('base64')
  return {
    isKnown: (password, hash) => right.has(markOf(password, hash)),
    check: async (password, hash) => {
      const mark = markOf(password, hash)
      const under = running.get(mark)
      if (under !== undefined) return under
      const check = slots.run(() => isPasswordOf(password, hash)).finally(() => running.delete(mark))
      running.set(mark, check)
      const found = await check
      if (right.size >= limit) right.clear()
      if (found) right.add(mark)
      return found
    },
  }
}

function createSlots() {
  const waiting: (() => void)[] = []
  let taken = 0
  const take = async () => {
    if (taken < atOnce) {
      taken += 1
      return
    }
    if (waiting.length >= queueLimit) throw accessProblem['too-many-attempts']({ retryAfterSeconds: 5 })
    await new Promise<void>((resolve) => void waiting.push(resolve))
  }
  const give = () => {
    const next = waiting.shift()
    if (next === undefined) taken -= 1
    else next()
  }
  return {
    run: async <T>(work: () => Promise<T>): Promise<T> => {
      await take()
      try {
        return await work()
      } finally {
        give()
      }
    },
  }
}

let nobody: Promise<string> | undefined
const nobodysHash = () => (nobody ??= hashPassword(randomBytes(16).toString('hex')))

const verifiers = new WeakMap<Database, PasswordVerifier>()

/** The verifier of one store: requests with Basic and the sign-in page share what it knows. */
export function passwordVerifierOf(database: Database, nowMs: () => number): PasswordVerifier {
  const known = verifiers.get(database)
  if (known !== undefined) return known
  const made = createPasswordVerifier(database, nowMs)
  verifiers.set(database, made)
  return made
}
