export { describeObjectStore } from './object-store-suite.ts'
export type { ObjectStoreSuite } from './object-store-suite.ts'
/** For tests alone: stores of both kinds, a kernel with a fake clock and recording sinks. */
export { onEachStore } from './stores.ts'
export type { OpenStore } from './stores.ts'
export { aPerson, testKernel } from './test-kernel.ts'
export type { TestKernel, TestKernelOptions } from './test-kernel.ts'
export { temporaryFolder } from './temporary-folder.ts'
export { readContextOf } from './read-context.ts'
