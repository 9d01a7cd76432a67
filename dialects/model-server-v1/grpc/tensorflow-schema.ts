import { protoSchema } from '@millrace/model-serving/wire'
import type { Datatype } from '@millrace/model-serving/plane'
import { tensorflowTypeNames, tensorflowTypes } from '../describe.ts'

const framework = 'tensorflow/core/framework/tensor.proto'
const wrappers = 'google/protobuf/wrappers.proto'

/** The file that both services stand in. */
export const servingFile = 'tensorflow_serving/apis/prediction_service.proto'

/** Messages of TensorFlow Serving's services, as far as they are spoken here; field numbers are those of its protocol. */
export const tensorflowSchema = protoSchema([
  {
    path: wrappers,
    package: 'google.protobuf',
    messages: { Int64Value: 'value=1:int64', Any: 'type_url=1:string value=2:bytes' },
  },
  {
    path: framework,
    package: 'tensorflow',
    messages: {
      TensorShapeProto: 'dim=2:repeated:TensorShapeProto.Dim unknown_rank=3:bool',
      'TensorShapeProto.Dim': 'size=1:int64 name=2:string',
      TensorProto:
        'dtype=1:DataType tensor_shape=2:TensorShapeProto version_number=3:int32 tensor_content=4:bytes ' +
        'half_val=13:repeated:int32 float_val=5:repeated:float double_val=6:repeated:double int_val=7:repeated:int32 ' +
        'string_val=8:repeated:bytes int64_val=10:repeated:int64 bool_val=11:repeated:bool ' +
        'uint32_val=16:repeated:uint32 uint64_val=17:repeated:uint64',
      BytesList: 'value=1:repeated:bytes',
      FloatList: 'value=1:repeated:float',
      Int64List: 'value=1:repeated:int64',
      Feature: 'bytes_list=1:BytesList@kind float_list=2:FloatList@kind int64_list=3:Int64List@kind',
      Features: 'feature=1:map<string,Feature>',
      Example: 'features=1:Features',
      TensorInfo: 'name=1:string@encoding dtype=2:DataType tensor_shape=3:TensorShapeProto',
      SignatureDef: 'inputs=1:map<string,TensorInfo> outputs=2:map<string,TensorInfo> method_name=3:string',
    },
    enums: {
      DataType: {
        DT_INVALID: 0,
        ...Object.fromEntries(
          Object.entries(tensorflowTypes).map(([name, number]) => [tensorflowTypeNames[name as Datatype], number]),
        ),
      },
    },
  },
  {
    path: servingFile,
    package: 'tensorflow.serving',
    uses: [framework, wrappers],
    messages: {
      ModelSpec:
        'name=1:string version=2:.google.protobuf.Int64Value@version_choice version_label=4:string@version_choice ' +
        'signature_name=3:string',
      PredictRequest:
        'model_spec=1:ModelSpec inputs=2:map<string,.tensorflow.TensorProto> output_filter=3:repeated:string',
      PredictResponse: 'outputs=1:map<string,.tensorflow.TensorProto> model_spec=2:ModelSpec',
      ExampleList: 'examples=1:repeated:.tensorflow.Example',
      ExampleListWithContext: 'examples=1:repeated:.tensorflow.Example context=2:.tensorflow.Example',
      Input: 'example_list=1:ExampleList@kind example_list_with_context=2:ExampleListWithContext@kind',
      ClassificationRequest: 'model_spec=1:ModelSpec input=2:Input',
      Class: 'label=1:string score=2:float',
      Classifications: 'classes=1:repeated:Class',
      ClassificationResult: 'classifications=1:repeated:Classifications',
      ClassificationResponse: 'result=1:ClassificationResult model_spec=2:ModelSpec',
      RegressionRequest: 'model_spec=1:ModelSpec input=2:Input',
      Regression: 'value=1:float',
      RegressionResult: 'regressions=1:repeated:Regression',
      RegressionResponse: 'result=1:RegressionResult model_spec=2:ModelSpec',
      InferenceTask: 'model_spec=1:ModelSpec method_name=2:string',
      MultiInferenceRequest: 'tasks=1:repeated:InferenceTask input=2:Input',
      InferenceResult:
        'model_spec=1:ModelSpec classification_result=2:ClassificationResult@result regression_result=3:RegressionResult@result',
      MultiInferenceResponse: 'results=1:repeated:InferenceResult',
      GetModelMetadataRequest: 'model_spec=1:ModelSpec metadata_field=2:repeated:string',
      SignatureDefMap: 'signature_def=1:map<string,.tensorflow.SignatureDef>',
      GetModelMetadataResponse: 'model_spec=1:ModelSpec metadata=2:map<string,.google.protobuf.Any>',
      GetModelStatusRequest: 'model_spec=1:ModelSpec',
      StatusProto: 'error_code=1:int32 error_message=2:string',
      ModelVersionStatus: 'version=1:int64 state=2:ModelVersionStatus.State status=3:StatusProto',
      GetModelStatusResponse: 'model_version_status=1:repeated:ModelVersionStatus',
      ReloadConfigRequest: '',
      ReloadConfigResponse: 'status=1:StatusProto',
    },
    enums: {
      'ModelVersionStatus.State': { UNKNOWN: 0, START: 10, LOADING: 20, AVAILABLE: 30, UNLOADING: 40, END: 50 },
    },
  },
])
