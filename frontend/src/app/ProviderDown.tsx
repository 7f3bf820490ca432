import type { Schemas } from '../api/client';
import { dayTime, t } from '../words';

/** A provider that does not answer: since when, and whom to telephone meanwhile. Nothing while it does. */
export function ProviderDown({ provider }: { provider: Schemas['Provider'] }) {
  if (!provider.down_since) return null;
  return (
    <p class="banner bad" role="alert">
      {t('providerDown', { label: provider.label, since: dayTime(Date.parse(provider.down_since)) })}
      {provider.phone && ` ${t('providerDownPhone', { phone: provider.phone })}`}
    </p>
  );
}
