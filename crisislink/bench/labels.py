"""What each measure is called, in French and in English."""

LABELS: dict[str, tuple[str, str]] = {
    "added_latency_ms": ("Retard ajouté, 720p", "Added latency, 720p"),
    "added_latency_360p_ms": ("Retard ajouté, 360p", "Added latency, 360p"),
    "added_latency_ratio": ("Retard ajouté, rapport à ffmpeg", "Added latency, ratio to ffmpeg"),
    "added_latency_360p_ratio": ("Retard ajouté 360p, rapport", "Added latency 360p, ratio"),
    "added_latency_flv_ms": ("Retard de ffmpeg sans MP4", "ffmpeg without its MP4 muxer"),
    "cpu_ms_per_frame_720p": ("Processeur par image, 720p", "CPU per picture, 720p"),
    "cpu_ms_per_frame_360p": ("Processeur par image, 360p", "CPU per picture, 360p"),
    "cpu_ratio_720p": ("Processeur 720p, rapport", "CPU 720p, ratio"),
    "cpu_ratio_360p": ("Processeur 360p, rapport", "CPU 360p, ratio"),
    "picture_bytes_720p": ("Taille d'une image, 720p", "Size of a picture, 720p"),
    "picture_bytes_360p": ("Taille d'une image, 360p", "Size of a picture, 360p"),
    "picture_bytes_ratio_720p": ("Taille 720p, rapport", "Size 720p, ratio"),
    "picture_bytes_ratio_360p": ("Taille 360p, rapport", "Size 360p, ratio"),
    "service_cpu_ms_per_frame_720p": ("Service, par image 720p", "Service, per 720p picture"),
    "service_cpu_ms_per_frame_360p": ("Service, par image 360p", "Service, per 360p picture"),
    "first_picture_warm_ms": ("Première image, à chaud", "First picture, warm"),
    "first_picture_prewarmed_ms": ("Première image, caméra ouverte", "First picture, camera opened"),
    "first_picture_cold_ms": ("Première image, à froid", "First picture, cold"),
    "throttled_age_ms": ("Âge chez le lecteur lent", "Age at the throttled viewer"),
    "throttled_cost_ms": ("Coût pour les autres", "Cost to the others"),
    "beside_throttled_ms": ("Les autres, avec lui", "The others, with it"),
    "without_throttled_ms": ("Les autres, sans lui", "The others, without it"),
    "cut_ms": ("Coupure", "Cut"),
    "cut_everything_ms": ("Arrêt général", "Kill switch"),
    "freeze_visible_ms": ("Gel visible", "Freeze visible"),
    "worker_recovery_ms": ("Reprise après mort d'un processus", "Recovery after a worker's death"),
    "worker_loss_others_gap_ms": ("Plus long trou chez les autres", "Others' longest gap"),
    "fanout_viewers_per_core": ("Spectateurs par cœur", "Viewers per core"),
    "send_lag_ms": ("Retard d'envoi, 600 spectateurs", "Send lag, 600 viewers"),
    "raw_send_lag_ms": ("Retard d'envoi, limite brute", "Send lag, raw limit"),
    "fanout_cpu_us_per_message": ("Processeur par message", "CPU per message"),
    "raw_cpu_us_per_message": ("Limite brute, même trafic", "Raw limit, same traffic"),
    "raw_silent_cpu_us_per_message": ("Limite brute, sans accusés", "Raw limit, no acknowledgements"),
    "fanout_cpu_per_message_ratio": ("Message, rapport à la limite", "Message, ratio to the limit"),
    "fanout_cpu_per_message_ratio_silent": ("Message, rapport sans accusés", "Message, ratio, silent"),
    "soak_rss_growth_service": ("Mémoire du service, croissance", "Memory of the service, growth"),
    "soak_rss_growth_workers": ("Mémoire des images, croissance", "Memory of the workers, growth"),
    "soak_delay_drift_ms": ("Dérive du retard", "Drift of the delay"),
    "soak_interruptions": ("Interruptions", "Interruptions"),
    "soak_added_latency_ms": ("Retard ajouté, longue durée", "Added latency, long run"),
}


def label(measure: str) -> tuple[str, str]:
    """French and English; its own name twice when it has none."""
    return LABELS.get(measure, (measure, measure))
