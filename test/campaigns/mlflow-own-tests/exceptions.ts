/** Tests of MLflow's own that its server passes and ours need not, each with why. */
export const exceptions: readonly { readonly names: RegExp; readonly why: string }[] = [
  { names: /graphql/, why: 'only MLflow’s own pages ask by GraphQL; it answers ENDPOINT_NOT_FOUND' },
  {
    names: /secret|(?<!otel_)endpoint|model_definition|list_providers|provider_config|gateway_proxy|online_scoring/,
    why: 'the AI gateway is not spoken; it answers ENDPOINT_NOT_FOUND',
  },
  { names: /_issues?(_|\[|$)/, why: 'issues are not spoken; they answer ENDPOINT_NOT_FOUND' },
  { names: /promptlab/, why: 'only MLflow’s own pages make prompt-lab runs' },
  {
    names: /_experiment_cli|(?:experiments|at_once)_rest_tracking|get_model_version_artifact_api_proxied/,
    why: 'the test reads and writes the server’s SQLite file behind its back',
  },
  { names: /with_validation_regex/, why: 'the test starts MLflow’s own server itself' },
  {
    names: /upload_artifact_handler\[/,
    why: 'its run lies at a file: root, where the client writes and Millrace reads',
  },
  {
    names: /create_model_version_with_file_uri/,
    why: 'a source with ".." in it is refused, also where it ends inside the run after all',
  },
]
