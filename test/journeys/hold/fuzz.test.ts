import { describeFuzz } from '../../campaigns/fuzz/describe-fuzz.ts'

describeFuzz(3000, 5)
