import { describeFuzz } from './fuzz/describe-fuzz.ts'

describeFuzz(100_000, Math.floor(Math.random() * 1_000_000))
