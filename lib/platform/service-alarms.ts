import { Alarm, TreatMissingData, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface ServiceAlarmsProps {
  readonly service: string;
  readonly function: LambdaFunction;
  /** @default - alarms tell nobody */
  readonly alarmTopic?: ITopic | undefined;
}

/** A Lambda that fails or is throttled: instances wait at boot until it is better. */
export class ServiceAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ServiceAlarmsProps) {
    super(scope, id);
    const { service, alarmTopic } = props;
    const period = { period: Duration.minutes(1) };
    const alarm = (name: string, metric: Metric, what: string) => {
      const one = new Alarm(this, name, {
        metric,
        threshold: 1,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: `The ${service} Lambda ${what}. Instances that boot meanwhile wait and retry.`,
      });
      if (alarmTopic !== undefined)
        one.addAlarmAction({ bind: () => ({ alarmActionArn: alarmTopic.topicArn }) });
    };
    alarm('Errors', props.function.metricErrors(period), 'fails');
    alarm('Throttles', props.function.metricThrottles(period), 'is throttled');
  }
}
