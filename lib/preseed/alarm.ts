import { Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface PreseedAlarmProps {
  readonly stage: string;
  /** Of the preseed Lambda: its audit lines are JSON. */
  readonly logGroup: LogGroup;
  /** @default - the alarm tells nobody */
  readonly alarmTopic?: ITopic | undefined;
}

/** Audit lines with `alarm: true`: a second instance that registers, one that may not, a message that does not open. */
export class PreseedAlarm extends Construct {
  constructor(scope: Construct, id: string, { stage, logGroup, alarmTopic }: PreseedAlarmProps) {
    super(scope, id);
    const filter = new MetricFilter(this, 'Filter', {
      logGroup,
      filterPattern: FilterPattern.all(
        FilterPattern.booleanValue('$.audit', true),
        FilterPattern.booleanValue('$.alarm', true),
      ),
      metricNamespace: 'Sealroot',
      metricName: `${stage}-preseed-alarms`,
      metricValue: '1',
    });
    const alarm = new Alarm(this, 'Alarm', {
      metric: filter.metric({ statistic: 'Sum', period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription:
        'Somebody asked for what is not theirs: a second registration, one without the tag, or a message that was changed in the table. See the audit log, and docs/operate/preseed.md, "Contested".',
    });
    if (alarmTopic !== undefined)
      alarm.addAlarmAction({ bind: () => ({ alarmActionArn: alarmTopic.topicArn }) });
  }
}
