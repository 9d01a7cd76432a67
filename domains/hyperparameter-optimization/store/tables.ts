import type { TrialState } from '../contract.ts'

/** The tables of hyperparameter optimization. JSON is text. */
export interface OptimizationTables {
  hyperparameter_optimization_study: {
    workspace: string
    id: string
    name: string
    spec: string
    trials: number
    created_at_ms: number
    updated_at_ms: number
  }
  hyperparameter_optimization_trial: {
    workspace: string
    id: string
    study_id: string
    study: string
    number: number
    params: string
    state: TrialState
    value: number | null
    last_step: number | null
    run_id: string | null
    started_at_ms: number
    ended_at_ms: number | null
  }
  hyperparameter_optimization_report: {
    workspace: string
    study_id: string
    trial_id: string
    step: number
    value: number
  }
}

export type StudyRow = Omit<OptimizationTables['hyperparameter_optimization_study'], 'workspace'>
export type TrialRow = Omit<OptimizationTables['hyperparameter_optimization_trial'], 'workspace'>
