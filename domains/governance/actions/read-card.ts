import * as contract from '../contract.ts'
import { query } from '../store/governance-store.ts'
import { cardOf } from './card-of.ts'

/** The card of a version, made when it is asked for: a figure whose evidence is gone reads "not measured". */
export const readCard = query(contract.readCard, (context) => cardOf(context, context.input.id))
