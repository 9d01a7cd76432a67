export function modelsFixture(nowMs: number) {
  return {
    items: [
      {
        name: 'flight-delay',
        description: 'P(arrival 15 min late or more)',
        tier: 'high',
        latestVersion: 13,
        aliases: [
          { alias: 'champion', version: 12 },
          { alias: 'challenger', version: 13 },
        ],
        quality: { metric: 'auc', value: 0.7985 },
        changedAtMs: nowMs - 5e7,
      },
    ],
  }
}

export function endpointsFixture() {
  return {
    items: [
      {
        name: 'flight-delay',
        model: 'flight-delay',
        versions: [
          { name: 'v12', role: 'champion', share: 0.75 },
          { name: 'v13', role: 'canary', share: 0.25 },
        ],
        state: 'live',
        status: 'Canary 25%',
        requestsPerSecond: 412,
        latencyP95Ms: 6.1,
        errorShare: 0.0002,
        predictions: 2_301_442,
      },
    ],
  }
}

export function monitorsFixture() {
  return {
    items: [
      {
        name: 'flight-delay',
        endpoint: 'flight-delay',
        state: 'warn',
        status: '2 of 14 drifted',
        drifted: null,
        quality: [0.8, 0.79, 0.8, 0.78],
        qualityName: 'AUC',
        coverage: 0.38,
        lastWindowToMs: Date.UTC(2001, 11, 4),
      },
    ],
  }
}

export function incidentsFixture(nowMs: number) {
  return {
    items: [
      {
        id: 'inc_31',
        title: 'Carrier mix shifted',
        class: 'drift',
        severity: 'critical',
        state: 'open',
        monitor: 'flight-delay',
        openedAtMs: nowMs - 2e8,
      },
    ],
  }
}
