import { barrels } from './barrels.ts'
import { cycles } from './cycles.ts'
import { declaredImports } from './declared-imports.ts'
import { domainImports } from './domain-imports.ts'
import { domainOrder } from './domain-order.ts'
import { domainShape } from './domain-shape.ts'
import { folderBudget } from './folder-budget.ts'
import { layers } from './layers.ts'
import { migrationsLock } from './migrations-lock.ts'
import { names } from './names.ts'
import { pureCode } from './pure-code.ts'
import type { Rule } from './rule.ts'
import { tableOwnership } from './table-ownership.ts'
import { testCode } from './test-code.ts'

/** The architecture, as rules. Function and file lengths, complexity and types are the linter's (`.oxlintrc.json`). */
export const rules: readonly Rule[] = [
  layers,
  domainOrder,
  declaredImports,
  cycles,
  domainShape,
  domainImports,
  pureCode,
  testCode,
  tableOwnership,
  migrationsLock,
  folderBudget,
  names,
  barrels,
]
