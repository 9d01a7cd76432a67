/** The tables of monitoring. JSON columns are text; booleans are 0 and 1. */
export interface MonitoringTables {
  monitoring_monitor: {
    workspace: string
    id: string
    name: string
    endpoint: string
    /** JSON of `MonitorSpec` and `MonitorReference`. */
    spec: string
    reference: string
    created_at_ms: number
    updated_at_ms: number
    /** Written first by every recording, so that two recordings of one monitor follow each other. */
    recorded_at_ms: number
  }
  monitoring_window: {
    workspace: string
    id: string
    monitor: string
    from_ms: number
    to_ms: number
    rows: number
    labelled: number
    revision: number
    /** Digest of the figures, and which files they were read from. */
    digest: string
    sources: string
    /** JSON: deployments, drift, quality, performance; histograms apart because lists do not need them. */
    figures: string
    histograms: string
    closed_at_ms: number
    measured_at_ms: number
  }
  monitoring_rule: {
    workspace: string
    id: string
    name: string
    monitor: string
    /** JSON of `AlertRuleSpec`. */
    spec: string
    silenced_until_ms: number | null
    /** Windows that start at or before this were dealt with by a person. */
    settled_until_ms: number | null
    created_at_ms: number
    updated_at_ms: number
  }
  monitoring_verdict: {
    workspace: string
    rule: string
    window_id: string
    from_ms: number
    verdict: string
    /** JSON of `Verdict`. */
    body: string
  }
  monitoring_alert: {
    workspace: string
    id: string
    rule: string
    monitor: string
    class: string
    state: string
    started_at_ms: number
    /** JSON of `Alert`. */
    body: string
  }
  monitoring_incident: {
    workspace: string
    id: string
    monitor: string
    endpoint: string
    class: string
    state: string
    opened_at_ms: number
    /** JSON of `Incident`. */
    body: string
  }
}
