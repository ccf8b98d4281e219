/** Notifications of the core that a service API was updated (TS 29.222 5.4.2.4): in time, or whenever they like. */
import type { Amendment } from '../../../machines/vocabulary.ts';
import type { MacroStep } from '../macro-step.ts';
import { invokerVariables, type RuleContext } from '../rule.ts';

const notification = { type: 'ServiceApiUpdateNotification' };

/** Those that the core has asked for in this macro-step are under way. */
export function sendNotifications(step: MacroStep): void {
  const sent = step.steps.flatMap(({ effects }) =>
    effects.filter((effect) => effect.type === 'send' && effect.message.type === notification.type),
  );
  step.set('notifications', { underWay: step.get('notifications').underWay + sent.length });
}

export function addNotification(
  { configuration, rule, tellInvoker }: RuleContext,
  amendments: readonly Amendment[],
): void {
  const { notifications, lateRequests } = configuration;
  if (notifications === 'in time') {
    rule('notify', 'strong', [...invokerVariables, 'notifications'], ({ notifications: { underWay } }, enable) => {
      if (underWay === 0) return;
      enable(`deliver ${notification.type}`, (step) => {
        step.set('notifications', { underWay: underWay - 1 });
        tellInvoker(step, notification);
      });
    });
  }
  if (notifications !== 'at any moment') return;
  // Under the amendment, the invoker gives up a question that is under way, which may still reach the core.
  const delays = lateRequests && amendments.includes('notify-of-updates');
  rule('notify', 'none', [...invokerVariables, 'late'], ({ control, late }, enable) => {
    enable(`deliver ${notification.type}`, (step) => tellInvoker(step, notification));
    if (!delays || control.at !== 'asking' || control.to !== 'capifCoreFunction' || late.request !== 'none') return;
    enable(`deliver ${notification.type} and delay ${control.message.type}`, (step) => {
      step.set('late', { request: control.message });
      tellInvoker(step, notification);
    });
  });
}
