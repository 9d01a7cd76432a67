import { protoSchema } from '@millrace/model-serving/wire'
import { dataTypes } from '../describe-model.ts'

const duration = (...names: readonly string[]) =>
  names.map((name, index) => `${name}=${index + 1}:StatisticDuration`).join(' ')

/** The file of the service; field numbers are those of the protocol and of Triton's extensions of it. */
export const inferenceFile = 'inference/grpc_service.proto'

/** Messages of `inference.GRPCInferenceService`. */
export const inferenceSchema = protoSchema([
  {
    path: inferenceFile,
    package: 'inference',
    messages: {
      ServerLiveRequest: '',
      ServerLiveResponse: 'live=1:bool',
      ServerReadyRequest: '',
      ServerReadyResponse: 'ready=1:bool',
      ModelReadyRequest: 'name=1:string version=2:string',
      ModelReadyResponse: 'ready=1:bool',
      ServerMetadataRequest: '',
      ServerMetadataResponse: 'name=1:string version=2:string extensions=3:repeated:string',
      ModelMetadataRequest: 'name=1:string version=2:string',
      ModelMetadataResponse:
        'name=1:string versions=2:repeated:string platform=3:string ' +
        'inputs=4:repeated:ModelMetadataResponse.TensorMetadata outputs=5:repeated:ModelMetadataResponse.TensorMetadata',
      'ModelMetadataResponse.TensorMetadata': 'name=1:string datatype=2:string shape=3:repeated:int64',
      InferParameter:
        'bool_param=1:bool@parameter_choice int64_param=2:int64@parameter_choice ' +
        'string_param=3:string@parameter_choice double_param=4:double@parameter_choice ' +
        'uint64_param=5:uint64@parameter_choice',
      InferTensorContents:
        'bool_contents=1:repeated:bool int_contents=2:repeated:int32 int64_contents=3:repeated:int64 ' +
        'uint_contents=4:repeated:uint32 uint64_contents=5:repeated:uint64 fp32_contents=6:repeated:float ' +
        'fp64_contents=7:repeated:double bytes_contents=8:repeated:bytes',
      ModelInferRequest:
        'model_name=1:string model_version=2:string id=3:string parameters=4:map<string,InferParameter> ' +
        'inputs=5:repeated:ModelInferRequest.InferInputTensor ' +
        'outputs=6:repeated:ModelInferRequest.InferRequestedOutputTensor raw_input_contents=7:repeated:bytes',
      'ModelInferRequest.InferInputTensor':
        'name=1:string datatype=2:string shape=3:repeated:int64 parameters=4:map<string,InferParameter> ' +
        'contents=5:InferTensorContents',
      'ModelInferRequest.InferRequestedOutputTensor': 'name=1:string parameters=2:map<string,InferParameter>',
      ModelInferResponse:
        'model_name=1:string model_version=2:string id=3:string parameters=4:map<string,InferParameter> ' +
        'outputs=5:repeated:ModelInferResponse.InferOutputTensor raw_output_contents=6:repeated:bytes',
      'ModelInferResponse.InferOutputTensor':
        'name=1:string datatype=2:string shape=3:repeated:int64 parameters=4:map<string,InferParameter> ' +
        'contents=5:InferTensorContents',
      ModelStreamInferResponse: 'error_message=1:string infer_response=2:ModelInferResponse',
      ModelConfigRequest: 'name=1:string version=2:string',
      ModelConfigResponse: 'config=1:ModelConfig',
      ModelInput: 'name=1:string data_type=2:DataType dims=4:repeated:int64',
      ModelOutput: 'name=1:string data_type=2:DataType dims=3:repeated:int64',
      ModelDynamicBatching: 'preferred_batch_size=1:repeated:int32 max_queue_delay_microseconds=2:uint64',
      ModelTransactionPolicy: 'decoupled=1:bool',
      ModelConfig:
        'name=1:string platform=2:string max_batch_size=4:int32 input=5:repeated:ModelInput ' +
        'output=6:repeated:ModelOutput dynamic_batching=11:ModelDynamicBatching@scheduling_choice backend=17:string ' +
        'model_transaction_policy=19:ModelTransactionPolicy',
      ModelStatisticsRequest: 'name=1:string version=2:string',
      ModelStatisticsResponse: 'model_stats=1:repeated:ModelStatistics',
      StatisticDuration: 'count=1:uint64 ns=2:uint64',
      InferStatistics: duration(
        'success',
        'fail',
        'queue',
        'compute_input',
        'compute_infer',
        'compute_output',
        'cache_hit',
        'cache_miss',
      ),
      InferBatchStatistics:
        'batch_size=1:uint64 compute_input=2:StatisticDuration compute_infer=3:StatisticDuration ' +
        'compute_output=4:StatisticDuration',
      InferResponseStatistics: duration(
        'compute_infer',
        'compute_output',
        'success',
        'fail',
        'empty_response',
        'cancel',
      ),
      MemoryUsage: 'type=1:string id=2:int64 byte_size=3:uint64',
      ModelStatistics:
        'name=1:string version=2:string last_inference=3:uint64 inference_count=4:uint64 execution_count=5:uint64 ' +
        'inference_stats=6:InferStatistics batch_stats=7:repeated:InferBatchStatistics ' +
        'memory_usage=8:repeated:MemoryUsage response_stats=9:map<string,InferResponseStatistics>',
      ModelRepositoryParameter:
        'bool_param=1:bool@parameter_choice int64_param=2:int64@parameter_choice ' +
        'string_param=3:string@parameter_choice bytes_param=4:bytes@parameter_choice',
      RepositoryIndexRequest: 'repository_name=1:string ready=2:bool',
      RepositoryIndexResponse: 'models=1:repeated:RepositoryIndexResponse.ModelIndex',
      'RepositoryIndexResponse.ModelIndex': 'name=1:string version=2:string state=3:string reason=4:string',
      RepositoryModelLoadRequest:
        'repository_name=1:string model_name=2:string parameters=3:map<string,ModelRepositoryParameter>',
      // KServe's fields; the others' message is empty, and who knows no fields skips them.
      RepositoryModelLoadResponse: 'model_name=1:string isLoaded=2:bool',
      RepositoryModelUnloadRequest:
        'repository_name=1:string model_name=2:string parameters=3:map<string,ModelRepositoryParameter>',
      RepositoryModelUnloadResponse: 'model_name=1:string isUnloaded=2:bool',
      SystemSharedMemoryStatusRequest: 'name=1:string',
      SystemSharedMemoryStatusResponse: 'regions=1:map<string,SystemSharedMemoryStatusResponse.RegionStatus>',
      'SystemSharedMemoryStatusResponse.RegionStatus': 'name=1:string key=2:string offset=3:uint64 byte_size=4:uint64',
      SystemSharedMemoryRegisterRequest: 'name=1:string key=2:string offset=3:uint64 byte_size=4:uint64',
      SystemSharedMemoryRegisterResponse: '',
      SystemSharedMemoryUnregisterRequest: 'name=1:string',
      SystemSharedMemoryUnregisterResponse: '',
      CudaSharedMemoryStatusRequest: 'name=1:string',
      CudaSharedMemoryStatusResponse: 'regions=1:map<string,CudaSharedMemoryStatusResponse.RegionStatus>',
      'CudaSharedMemoryStatusResponse.RegionStatus': 'name=1:string device_id=2:uint64 byte_size=3:uint64',
      CudaSharedMemoryRegisterRequest: 'name=1:string raw_handle=2:bytes device_id=3:int64 byte_size=4:uint64',
      CudaSharedMemoryRegisterResponse: '',
      CudaSharedMemoryUnregisterRequest: 'name=1:string',
      CudaSharedMemoryUnregisterResponse: '',
      TraceSettingRequest: 'settings=1:map<string,TraceSettingRequest.SettingValue> model_name=2:string',
      'TraceSettingRequest.SettingValue': 'value=1:repeated:string',
      TraceSettingResponse: 'settings=1:map<string,TraceSettingResponse.SettingValue>',
      'TraceSettingResponse.SettingValue': 'value=1:repeated:string',
      LogSettingsRequest: 'settings=1:map<string,LogSettingsRequest.SettingValue>',
      'LogSettingsRequest.SettingValue':
        'bool_param=1:bool@parameter_choice uint32_param=2:uint32@parameter_choice string_param=3:string@parameter_choice',
      LogSettingsResponse: 'settings=1:map<string,LogSettingsResponse.SettingValue>',
      'LogSettingsResponse.SettingValue':
        'bool_param=1:bool@parameter_choice uint32_param=2:uint32@parameter_choice string_param=3:string@parameter_choice',
    },
    enums: {
      DataType: {
        TYPE_INVALID: 0,
        ...Object.fromEntries(
          Object.entries(dataTypes).map(([name, number]) => [`TYPE_${name === 'BYTES' ? 'STRING' : name}`, number]),
        ),
        TYPE_BF16: 14,
      },
    },
  },
])
