import { describeSoak } from './soak/describe-soak.ts'

describeSoak(1800)
