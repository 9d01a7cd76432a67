import { describeRaces } from './races/describe-races.ts'

describeRaces(100)
