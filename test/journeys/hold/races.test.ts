import { describeRaces } from '../../campaigns/races/describe-races.ts'

describeRaces(3)
