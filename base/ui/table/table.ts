import './table.css'

export { parseSort, parseSorts, writeSort, writeSorts, type Column, type Sort } from './column.ts'
export { DataTable, type DataTableProps } from './data-table.tsx'
export { useIsPhone } from './use-layout.ts'
