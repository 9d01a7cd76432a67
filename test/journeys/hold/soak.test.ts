import { describeSoak } from '../../campaigns/soak/describe-soak.ts'

describeSoak(20)
