/**
 * The shortcodes of WordPress, of Jetpack and of widespread plugins. A list, because any bracket may be
 * ordinary text: [sic], [1], […].
 */
const CORE = 'caption wp_caption gallery playlist audio video embed'
const JETPACK = `archives bandcamp blip.tv blog_subscription_form codepen contact-field contact-form cpp crowdsignal
  dailymotion facebook flickr getty gist googleapps googlemaps googlevideo gravatar houzz hulu instagram
  jetpack-email-subscribe jetpack-recurring-payments jetpack-related-posts jetpack_resume
  jetpack_subscription_form jetpack_top_posts_widget kickstarter latex mailchimp_subscriber_popup medium mixcloud
  pinterest polldaddy portfolio jetpack_portfolio presentation quiz quizset recipe recipe-directions
  recipe-image recipe-ingredients recipe-notes recipe-nutrition scribd simple-payment sitemap slide slideshare
  slideshow smartframe soundcloud sourcecode code spotify survey ted testimonials tweet twitter-follow
  twitter-timeline twitchtv untappd-menu upcomingevents ustream videopress vimeo vine vr wpvideo wufoo youtube`
const PLUGINS = `add_to_cart add_to_cart_url best_selling_products contact-form-7 ditty featured_products footnote
  formidable gravityform gravityforms layerslider mailpoet_form mc4wp_form metaslider nggallery ngg_images
  ninja_form ninja_forms ninja_tables product product_categories product_category product_page products
  recent_products related_products rev_slider sale_products shop_messages smartslider3 su_box su_button
  su_column su_note su_quote su_row su_spoiler table tablepress top_rated_products
  woocommerce_cart woocommerce_checkout woocommerce_my_account wpdatatable wpforms wpgmza yarpp`

/** Page builders name theirs by a prefix. */
export const PREFIXES = ['vc_', 'et_pb_', 'fusion_', 'av_', 'wpb_']

export const NAMES: readonly string[] = [CORE, JETPACK, PLUGINS].flatMap((list) => list.split(/\s+/))
