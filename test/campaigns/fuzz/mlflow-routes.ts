/**
 * MLflow's REST API as its proto files name it: method, path below `/api/2.0/mlflow/` (`3.0/` where it says so), fields.
 * A field ends in `#` where it is a number, in `[]` where it is a list, in `{}` where it is a message.
 */
export const mlflowRoutes = `
POST experiments/create name artifact_location tags[]
GET experiments/get experiment_id
GET experiments/get-by-name experiment_name
GET experiments/search max_results# page_token filter order_by view_type
POST experiments/search max_results# page_token filter order_by[] view_type
POST experiments/update experiment_id new_name
POST experiments/delete experiment_id
POST experiments/restore experiment_id
POST experiments/set-experiment-tag experiment_id key value
POST experiments/delete-experiment-tag experiment_id key
POST experiments/search-datasets experiment_ids[]
POST runs/create experiment_id user_id run_name start_time# tags[]
GET runs/get run_id run_uuid
POST runs/update run_id run_uuid status end_time# run_name
POST runs/delete run_id
POST runs/restore run_id
POST runs/delete-tag run_id key
POST runs/search experiment_ids[] filter run_view_type max_results# order_by[] page_token
POST runs/log-metric run_id run_uuid key value# timestamp# step# model_id dataset_name dataset_digest
POST runs/log-parameter run_id run_uuid key value
POST runs/set-tag run_id run_uuid key value
POST runs/log-batch run_id metrics[] params[] tags[]
POST runs/log-inputs run_id datasets[] models[]
POST runs/outputs run_id models[]
POST runs/log-model run_id model_json
GET metrics/get-history run_id run_uuid metric_key page_token max_results#
GET metrics/get-history-bulk run_id metric_key max_results#
GET metrics/get-history-bulk-interval run_ids metric_key start_step# end_step# max_results#
GET artifacts/list run_id run_uuid path page_token
POST artifacts/presigned-upload-url run_id path
POST artifacts/presigned-download-url run_id path
POST logged-models experiment_id name model_type source_run_id params[] tags[]
POST logged-models/search experiment_ids[] filter datasets[] max_results# order_by[] page_token
GET logged-models/{model_id}
PATCH logged-models/{model_id} status
DELETE logged-models/{model_id}
PATCH logged-models/{model_id}/tags tags[]
DELETE logged-models/{model_id}/tags/{tag_key}
POST logged-models/{model_id}/params params[]
GET logged-models/{model_id}/artifacts/directories artifact_directory_path
POST registered-models/create name tags[] description
GET registered-models/get name
GET registered-models/search filter max_results# order_by page_token
POST registered-models/rename name new_name
PATCH registered-models/update name description
DELETE registered-models/delete name
POST registered-models/get-latest-versions name stages[]
GET registered-models/get-latest-versions name stages
POST registered-models/set-tag name key value
DELETE registered-models/delete-tag name key
POST registered-models/alias name alias version
DELETE registered-models/alias name alias
GET registered-models/alias name alias
POST model-versions/create name source run_id tags[] run_link description model_id
GET model-versions/get name version
GET model-versions/search filter max_results# order_by page_token
GET model-versions/get-download-uri name version
PATCH model-versions/update name version description
POST model-versions/transition-stage name version stage archive_existing_versions
DELETE model-versions/delete name version
POST model-versions/set-tag name version key value
DELETE model-versions/delete-tag name version key
POST webhooks name description url events[] secret status
GET webhooks max_results# page_token
GET webhooks/{webhook_id}
PATCH webhooks/{webhook_id} name description url events[] secret status
DELETE webhooks/{webhook_id}
POST webhooks/{webhook_id}/test event{}
POST traces experiment_id timestamp_ms# request_metadata[] tags[]
PATCH traces/{request_id} timestamp_ms# status request_metadata[] tags[]
GET traces/{request_id}/info
GET traces experiment_ids filter max_results# order_by page_token
POST 3.0/traces trace{}
GET 3.0/traces/get trace_id allow_partial
GET 3.0/traces/batchGet trace_ids
POST 3.0/traces/batchGetInfos trace_ids[]
POST 3.0/traces/search locations[] filter max_results# order_by[] page_token
GET 3.0/traces/{trace_id}
PATCH 3.0/traces/{trace_id}/tags key value
DELETE 3.0/traces/{trace_id}/tags key
POST traces/delete-traces experiment_id max_timestamp_millis# max_traces# request_ids[]
POST 3.0/traces/{trace_id}/assessments assessment{}
GET 3.0/traces/{trace_id}/assessments/{assessment_id}
PATCH 3.0/traces/{trace_id}/assessments/{assessment_id} assessment{} update_mask
DELETE 3.0/traces/{trace_id}/assessments/{assessment_id}
POST 3.0/traces/metrics experiment_ids[] view_type metric_name aggregations[] dimensions[] filters[] time_interval_seconds# start_time_ms# end_time_ms# max_results# page_token
POST 3.0/traces/calculate-filter-correlation experiment_ids[] filter_string1 filter_string2 base_filter
POST 3.0/datasets/create name experiment_ids[] tags
POST 3.0/datasets/search experiment_ids[] filter_string max_results# order_by[] page_token
GET 3.0/datasets/{dataset_id}
DELETE 3.0/datasets/{dataset_id}
POST 3.0/datasets/{dataset_id}/records records source
GET 3.0/datasets/{dataset_id}/records max_results# page_token
PATCH 3.0/datasets/{dataset_id}/tags tags
POST 3.0/scorers/register experiment_id name serialized_scorer
GET 3.0/scorers/list experiment_id
GET 3.0/scorers/versions experiment_id name
GET 3.0/scorers/get experiment_id name version#
DELETE 3.0/scorers/delete experiment_id name version#
GET 3.0/scorers/online-configs scorer_ids
PUT 3.0/scorers/online-config experiment_id name sample_rate# filter_string
GET 3.0/workspaces
GET 3.0/workspaces/{workspace_name}
`
  .trim()
  .split('\n')
