import { expect, it } from 'vitest'
import { nameOfServed } from './name-of-served.ts'

it.each([
  ['models:/iris@champion', 'iris'],
  ['models:/iris/3', 'iris'],
  ['models:/iris', 'iris'],
  ['runs:/0123/model', 'model'],
  ['/srv/models/iris.onnx', 'iris'],
  ['./my model/', 'my-model'],
  ['.', 'model'],
])('what is served from %s is called %s', (served, name) => {
  expect(nameOfServed(served)).toBe(name)
})
