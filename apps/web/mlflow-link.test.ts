import { expect, it } from 'vitest'
import { pageOfMlflowLink } from './mlflow-link.ts'

it.each([
  ['#/experiments/1/runs/abc', '/experiments/%231/runs/abc'],
  ['#/experiments/12', '/experiments/%2312'],
  ['#/experiments/12/traces?selected=x', '/experiments/%2312'],
  ['#/models/flight%20delay/versions/3', '/models/flight%20delay'],
  ['#/experiments', '/experiments'],
  ['#/experiments/a', undefined],
  ['#section', undefined],
  ['', undefined],
])('the link %s of MLflow’s client opens %s', (hash, page) => {
  expect(pageOfMlflowLink(hash)).toBe(page)
})
